#!/usr/bin/env bash
# Packs what `mvn compile` left in app/target into a debug-signed APK, without the Android SDK.
#
#     ./build_apk.sh           target/apk/kseg-debug.apk
#     ABIS="arm64-v8a" ./build_apk.sh
set -euo pipefail
cd "$(dirname "$0")"
property() { sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" pom.xml; }

repository="${M2_REPOSITORY:-$HOME/.m2/repository}"
android="$repository/org/robolectric/android-all/$(property android.min)/android-all-$(property android.min).jar"
r8="$repository/com/android/tools/r8/$(property r8.version)/r8-$(property r8.version).jar"
kotlin="$repository/org/jetbrains/kotlin/kotlin-stdlib/$(property kotlin.version)/kotlin-stdlib-$(property kotlin.version).jar"
jdk="${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}"
[ -f "$r8" ] || mvn -B -q -Dmaven.repo.local="$repository" dependency:get -Dartifact="com.android.tools:r8:$(property r8.version)" -Dtransitive=false

aar=host/target/aar
out=target/apk
rm -rf "$out"
mkdir -p "$out/dex"

# Classes: the app's, the runtime's, Kotlin's; what nothing calls goes.
(cd app/target/classes && zip -qr "../../../$out/app.jar" dev)
java -cp "$r8" com.android.tools.r8.R8 --release --min-api 26 \
  --lib "$android" --lib "$jdk" --pg-conf app/proguard-rules.pro --output "$out/dex" \
  "$out/app.jar" "$aar/tensorflow-lite/classes.jar" "$aar/tensorflow-lite-api/classes.jar" "$kotlin"

# Resources and bundles, classes, libraries; these stored, to be mapped from the APK.
cp app/target/res.apk "$out/unaligned.apk"
(cd "$out/dex" && zip -qX ../unaligned.apk classes*.dex)
for abi in ${ABIS:-arm64-v8a armeabi-v7a x86_64}; do
  mkdir -p "$out/lib/$abi"
  cp "$aar/tensorflow-lite/jni/$abi/"*.so "$out/lib/$abi/"
done
(cd "$out" && zip -qX -0 -r unaligned.apk lib)
python3 tools/align_apk.py "$out/unaligned.apk" "$out/aligned.apk"

# The debug key: every build machine has its own, and an APK signed with it goes to no store.
key=target/debug.keystore
[ -f "$key" ] || keytool -genkeypair -keystore "$key" -storepass android -keypass android \
  -alias androiddebugkey -dname "CN=Android Debug,O=Android,C=US" -keyalg RSA -keysize 2048 \
  -validity 10000 2>/dev/null
apksigner sign --ks "$key" --ks-pass pass:android --ks-key-alias androiddebugkey \
  --min-sdk-version 26 --out "$out/kseg-debug.apk" "$out/aligned.apk"
python3 tools/check_apk.py "$out/kseg-debug.apk"
