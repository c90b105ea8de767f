/*
 * Runs networks in the arm64-v8a library of the AAR, through its C interface.
 *
 *     run SHIM RUNS MODEL INPUT OUTPUT...
 *
 * For each three: the model, the bytes of its input, and where the bytes of output k go
 * (OUTPUT.k). Prints a line each: the median milliseconds of RUNS runs, and the model.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* bionic keeps its stack guard at the thread pointer + 0x28, where glibc has the first thread
   variables of a program: they must not change. */
__thread volatile char guard[256] __attribute__((aligned(16))) = {1};

#define FUNCTIONS(F)                                                                  \
  F(const char *, TfLiteVersion, (void))                                              \
  F(void *, TfLiteModelCreateFromFile, (const char *))                                \
  F(void *, TfLiteInterpreterOptionsCreate, (void))                                   \
  F(void, TfLiteInterpreterOptionsSetNumThreads, (void *, int32_t))                   \
  F(void, TfLiteInterpreterOptionsAddDelegate, (void *, void *))                      \
  F(void *, TfLiteXNNPackDelegateCreate, (const void *))                              \
  F(void *, TfLiteInterpreterCreate, (void *, void *))                                \
  F(int, TfLiteInterpreterAllocateTensors, (void *))                                  \
  F(void *, TfLiteInterpreterGetInputTensor, (void *, int32_t))                       \
  F(int32_t, TfLiteInterpreterGetOutputTensorCount, (void *))                         \
  F(void *, TfLiteInterpreterGetOutputTensor, (void *, int32_t))                      \
  F(int, TfLiteTensorCopyFromBuffer, (void *, const void *, size_t))                  \
  F(int, TfLiteInterpreterInvoke, (void *))                                           \
  F(size_t, TfLiteTensorByteSize, (void *))                                           \
  F(void *, TfLiteTensorData, (void *))
#define DECLARE(type, name, arguments) static type(*name) arguments;
FUNCTIONS(DECLARE)

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  fflush(stderr);
  _exit(1);
}

static void load(const char *shim) {
  char path[4096];
  snprintf(path, sizeof path, "%s", shim);
  if (!dlopen(shim, RTLD_NOW | RTLD_LOCAL)) fail(shim, dlerror());
  strcpy(strrchr(path, '/') + 1, "libtensorflowlite_jni.so");
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!library) fail(path, dlerror());
#define FIND(type, name, arguments) \
  if (!(*(void **)&name = dlsym(library, #name))) fail(path, "lacks " #name);
  FUNCTIONS(FIND)
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void *prepare(const char *model, const char *input) {
  void *m = TfLiteModelCreateFromFile(model), *options = TfLiteInterpreterOptionsCreate();
  TfLiteInterpreterOptionsSetNumThreads(options, 1);
  TfLiteInterpreterOptionsAddDelegate(options, TfLiteXNNPackDelegateCreate(NULL)); /* As Java does. */
  void *interpreter = m ? TfLiteInterpreterCreate(m, options) : 0;
  if (!interpreter || TfLiteInterpreterAllocateTensors(interpreter)) fail(model, "refused");
  void *tensor = TfLiteInterpreterGetInputTensor(interpreter, 0);
  size_t size = TfLiteTensorByteSize(tensor);
  char *bytes = malloc(size);
  FILE *file = fopen(input, "rb");
  if (!file || fread(bytes, 1, size, file) != size) fail(input, "too short");
  fclose(file);
  TfLiteTensorCopyFromBuffer(tensor, bytes, size);
  free(bytes);
  return interpreter;
}

static void write_outputs(void *interpreter, const char *prefix) {
  for (int k = 0; k < TfLiteInterpreterGetOutputTensorCount(interpreter); k++) {
    char path[4096];
    snprintf(path, sizeof path, "%s.%d", prefix, k);
    void *tensor = TfLiteInterpreterGetOutputTensor(interpreter, k);
    FILE *file = fopen(path, "wb");
    size_t size = TfLiteTensorByteSize(tensor);
    if (!file || fwrite(TfLiteTensorData(tensor), 1, size, file) != size) fail(path, "not written");
    fclose(file);
  }
}

int main(int count, char **arguments) {
  guard[0] = 2;
  if (count < 6) fail(arguments[0], "SHIM RUNS MODEL INPUT OUTPUT...");
  load(arguments[1]);
  int runs = atoi(arguments[2]);
  double *times = malloc(runs * sizeof *times);
  printf("TensorFlow Lite %s\n", TfLiteVersion());
  for (int i = 3; i + 2 < count; i += 3) {
    void *interpreter = prepare(arguments[i], arguments[i + 1]);
    for (int k = 0; k < runs; k++) {
      double start = now();
      if (TfLiteInterpreterInvoke(interpreter)) fail(arguments[i], "failed");
      times[k] = now() - start;
    }
    qsort(times, runs, sizeof *times, ascending);
    printf("%.1f %s\n", times[runs / 2], arguments[i]);
    write_outputs(interpreter, arguments[i + 2]);
  }
  fflush(stdout);
  _exit(0); /* Without the library's destructors, which are bionic's. */
}
