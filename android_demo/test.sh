#!/usr/bin/env bash
# Compiles the app and runs its tests with Maven, where there is no Android SDK.
#
#     ./test.sh                 fails where a tool lacks
#     ./test.sh --if-possible   says so, and is content; but not where CI is set
#     ./test.sh GOAL...         another goal, or Maven's options, in place of `test`
set -euo pipefail
cd "$(dirname "$0")"
optional=""
if [ "${1:-}" = --if-possible ]; then
  [ -n "${CI:-}" ] || optional=yes
  shift
fi

resources=/usr/share/android-framework-res/framework-res.apk
missing=()
command -v javac >/dev/null || missing+=("a JDK (javac)")
command -v mvn >/dev/null || missing+=("Maven (mvn)")
command -v gcc >/dev/null || missing+=("a C compiler (gcc)")
command -v aapt2 >/dev/null || missing+=("aapt2")
[ -f "$resources" ] || missing+=("$resources")
[ "$(uname -sm)" = "Linux x86_64" ] || missing+=("Linux on x86_64, for the library of the AAR")
if [ ${#missing[@]} -gt 0 ]; then
  list="$(printf ', %s' "${missing[@]}")"
  if [ -n "$optional" ]; then
    echo "The Android app's tests are SKIPPED. What lacks: ${list:2}."
  else
    echo "The Android app's tests cannot run. What lacks: ${list:2}."
  fi
  echo "On Debian: apt-get install --no-install-recommends default-jdk-headless maven gcc python3 aapt android-framework-res"
  [ -n "$optional" ] && exit 0 || exit 1
fi

[ $# -gt 0 ] || set -- test
echo "Maven: $* (the first time it downloads 600 MB)"
# Compiling is over before the JVM's second compiler would pay.
export MAVEN_OPTS="${MAVEN_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}"
rm -rf app/target/surefire-reports
# A compiler daemon would stay behind. What is left out is said by native code each time.
mvn -B -q -Dkotlin.compiler.daemon=false "$@" 2>&1 |
  sed -u -e '/^VERBOSE: /d' -e '/^INFO: /d' -e '/^Invalid ID 0x/d' -e '/^--- Failed to create image/d'

reports=(app/target/surefire-reports/*.txt)
if [ -f "${reports[0]}" ]; then
  cat "${reports[@]}" | awk -F'[:,]' '/^Tests run/ { run += $2; skipped += $8 }
    END { printf "%d tests of the Android app passed, %d skipped; screenshots: ", run - skipped, skipped }'
  echo "android_demo/app/target/screens"
fi
