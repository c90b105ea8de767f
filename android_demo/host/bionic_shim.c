/*
 * Lets glibc's loader run Android's libtensorflowlite_jni.so (bionic's ABI) in a JVM, or
 * under qemu-user.
 *
 * This object's SONAME is "libc.so", so that the library finds it, already loaded, as what it
 * needs. What has one ABI in bionic and glibc resolves through to libc.so.6 and libm.so.6; only
 * the rest is here. The constructor opens the library beside this file with RTLD_DEEPBIND, so
 * that these definitions come before glibc's; System.loadLibrary then gets that same object.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern int __vfprintf_chk(FILE *, int, const char *, va_list);
extern long __sysconf(int);
extern locale_t __newlocale(int, const char *, locale_t);
extern int __xpg_strerror_r(int, char *, size_t);

/* bionic's stdin, stdout and stderr: 152 bytes each in 64 bits. */
#define BIONIC_FILE 152
char __sF[3 * BIONIC_FILE];

static FILE *stream(FILE *f) {
  char *p = (char *)f;
  if (p == __sF) return stdin;
  if (p == __sF + BIONIC_FILE) return stdout;
  return p == __sF + 2 * BIONIC_FILE ? stderr : f;
}

int x_vfprintf(FILE *f, const char *m, va_list a) __asm__("vfprintf");
int x_vfprintf(FILE *f, const char *m, va_list a) { return __vfprintf_chk(stream(f), 0, m, a); }

int x_fprintf(FILE *f, const char *m, ...) __asm__("fprintf");
int x_fprintf(FILE *f, const char *m, ...) {
  va_list a;
  va_start(a, m);
  int r = __vfprintf_chk(stream(f), 0, m, a);
  va_end(a);
  return r;
}

int x_fputc(int c, FILE *f) __asm__("fputc");
int x_fputc(int c, FILE *f) { return putc_unlocked(c, stream(f)); }

int x_fflush(FILE *f) __asm__("fflush");
int x_fflush(FILE *f) { return fflush_unlocked(stream(f)); }

size_t x_fwrite(const void *p, size_t s, size_t n, FILE *f) __asm__("fwrite");
size_t x_fwrite(const void *p, size_t s, size_t n, FILE *f) {
  return fwrite_unlocked(p, s, n, stream(f));
}

int x_fileno(FILE *f) __asm__("fileno");
int x_fileno(FILE *f) { return fileno_unlocked(stream(f)); }

int *__errno(void) { return &errno; }

void android_set_abort_message(const char *m) {
  if (m) dprintf(2, "abort: %s\n", m);
}

/* The library uses XNNPACK from SDK 20 on, and says nothing where it does not. */
int __system_property_get(const char *name, char *value) {
  strcpy(value, strcmp(name, "ro.build.version.sdk") ? "" : "34");
  return (int)strlen(value);
}

int __android_log_vprint(int priority, const char *tag, const char *m, va_list a) {
  char line[1024];
  int n = vsnprintf(line, sizeof line, m, a);
  if (priority >= 5) dprintf(2, "%c/%s: %s\n", "??VDIWEFS"[priority % 9], tag, line);
  return n;
}

size_t __strlen_chk(const char *s, size_t n) {
  (void)n;
  return strlen(s);
}

int x_strerror_r(int e, char *b, size_t n) __asm__("strerror_r");
int x_strerror_r(int e, char *b, size_t n) { return __xpg_strerror_r(e, b, n); }

long x_sysconf(int n) __asm__("sysconf");
long x_sysconf(int n) { /* bionic's numbers */
  switch (n) {
    case 0x27:
    case 0x28: return __sysconf(_SC_PAGESIZE);
    case 0x60: return __sysconf(_SC_NPROCESSORS_CONF);
    case 0x61: return __sysconf(_SC_NPROCESSORS_ONLN);
    default: errno = EINVAL; return -1;
  }
}

locale_t x_newlocale(int mask, const char *l, locale_t b) __asm__("newlocale");
locale_t x_newlocale(int mask, const char *l, locale_t b) {
  (void)mask, (void)l, (void)b;
  return __newlocale(LC_ALL_MASK, "C", 0);
}

/* On Android XNNPACK aligns to 32 bytes, yet kernels that it takes on a host with AVX-512 (no
   Android device has it) load their parameters by 64: by luck of the allocator that crashes. */
void *x_memalign(size_t a, size_t n) __asm__("memalign");
void *x_memalign(size_t a, size_t n) {
  void *p;
  return posix_memalign(&p, a < 64 ? 64 : a, n) ? 0 : p;
}

/* The JNI part looks the XNNPACK delegate up with dlsym(RTLD_DEFAULT, ...). */
#ifdef __aarch64__
#define DLSYM_VERSION "GLIBC_2.17"
#else
#define DLSYM_VERSION "GLIBC_2.2.5"
#endif
static void *library;
void *x_dlsym(void *h, const char *n) __asm__("dlsym");
void *x_dlsym(void *h, const char *n) {
  static void *(*real)(void *, const char *);
  if (!real) real = dlvsym(RTLD_NEXT, "dlsym", DLSYM_VERSION);
  return real(h == RTLD_DEFAULT && library ? library : h, n);
}

__attribute__((constructor)) static void bind(void) {
  Dl_info me;
  char path[4096];
  if (!dladdr((void *)bind, &me)) return;
  const char *slash = strrchr(me.dli_fname, '/');
  int length = slash ? (int)(slash - me.dli_fname) : 1;
  snprintf(path, sizeof path, "%.*s/libtensorflowlite_jni.so", length, slash ? me.dli_fname : ".");
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!library) dprintf(2, "bionic shim: %s\n", dlerror());
}
