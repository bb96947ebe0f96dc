// The load generator's ground: memory, time, sets of sequence numbers, samples, another process's accounts.
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct bits { uint8_t *bytes; size_t capacity; };
struct samples { double *ms; size_t count, capacity; };

static void fail(int status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("loadgen: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(status);
}

static void *grown(void *old, size_t bytes) {
    void *memory = realloc(old, bytes);
    if (!memory) fail(1, "out of memory");
    return memory;
}

static void *zeroed(size_t count, size_t bytes) {
    void *memory = calloc(count ? count : 1, bytes);
    if (!memory) fail(1, "out of memory");
    return memory;
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void sample(struct samples *to, uint64_t since_ns) {
    if (to->count == to->capacity) {
        to->capacity = to->capacity ? to->capacity * 2 : 1 << 16;
        to->ms = grown(to->ms, to->capacity * sizeof *to->ms);
    }
    to->ms[to->count++] = (double)(now_ns() - since_ns) / 1e6;
}

// Sets a bit; false when it was set already.
static bool mark(struct bits *in, uint32_t index) {
    size_t byte = index / 8;
    if (byte >= in->capacity) {
        size_t capacity = (byte + 1) * 2;
        in->bytes = grown(in->bytes, capacity);
        memset(in->bytes + in->capacity, 0, capacity - in->capacity);
        in->capacity = capacity;
    }
    uint8_t mask = (uint8_t)(1u << (index % 8));
    if (in->bytes[byte] & mask) return false;
    in->bytes[byte] |= mask;
    return true;
}

static bool marked(const struct bits *in, uint32_t index) {
    return index / 8 < in->capacity && in->bytes[index / 8] & 1u << (index % 8);
}

static int by_size(const void *left, const void *right) {
    double l = *(const double *)left, r = *(const double *)right;
    return l < r ? -1 : l > r;
}

static void print_latency(const char *name, struct samples *of) {
    qsort(of->ms, of->count, sizeof *of->ms, by_size);
    if (!of->count) printf("\"%s\":null,", name);
    else
        printf("\"%s\":{\"count\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f},", name, of->count, of->ms[(of->count - 1) / 2],
               of->ms[(size_t)(0.99 * (double)(of->count - 1))], of->ms[of->count - 1]);
}

// CPU time and memory of a process as the kernel accounts for them; 0 when there is no such process.
static double cpu_seconds(int pid) {
    char path[64], text[1024] = {0};
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    char *after_name = got ? strrchr(text, ')') : NULL;
    if (after_name)
        sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double rss_mb(int pid) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}
