/* Stands in for libnvidia-ml.so.1. What it answers is read, at each call, from the file that FAKE_NVML names:
 *     gpu INDEX USED_MIB TOTAL_MIB UTILIZATION CELSIUS MILLIWATT
 *     process INDEX PID MIB
 *     throttle INDEX REASONS          why its clocks are lower than they might be, bits; without it it cannot tell
 *     fail CODE FUNCTION [INDEX]      that function (a part of its name) fails, on all GPUs or one
 *     hang                            no call returns while the file says so
 * Without the file there is no driver. With -DOLD it is a library older than the binding: newer symbols are missing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OK = 0, INVALID = 2, TOO_SMALL = 7, NO_DRIVER = 9, GPUS = 16, PROCESSES = 64 };

struct gpu { int index, known, processes; long long reasons; unsigned long long used, total; unsigned utilization, heat, power;
             unsigned pid[PROCESSES]; unsigned long long memory[PROCESSES]; };
static struct gpu gpus[GPUS];

static int look(const char *function, int index) {
    char line[200], name[80];
    for (;;) {
        FILE *file = fopen(getenv("FAKE_NVML") ? getenv("FAKE_NVML") : "/nonexistent", "r");
        int hang = 0, verdict = OK, at, code, fields;
        unsigned pid, u, c, w;
        unsigned long long a, b;
        if (!file) return NO_DRIVER;
        memset(gpus, 0, sizeof gpus);
        while (fgets(line, sizeof line, file)) {
            if (sscanf(line, "gpu %d %llu %llu %u %u %u", &at, &a, &b, &u, &c, &w) == 6) {
                struct gpu it = {at, 1, 0, -1, a << 20, b << 20, u, c, w, {0}, {0}};
                gpus[at] = it;
            } else if (sscanf(line, "process %d %u %llu", &at, &pid, &a) == 3) {
                gpus[at].pid[gpus[at].processes] = pid;
                gpus[at].memory[gpus[at].processes++] = a << 20;
            } else if (sscanf(line, "throttle %d %llu", &at, &a) == 2) {
                gpus[at].reasons = (long long)a;
            } else if ((fields = sscanf(line, "fail %d %79s %d", &code, name, &at)) >= 2) {
                if (strstr(function, name) && (fields == 2 || at == index)) verdict = code;
            } else if (!strncmp(line, "hang", 4)) hang = 1;
        }
        fclose(file);
        if (!hang) return verdict;
        usleep(20000);
    }
}

static int text(char *out, unsigned size, const char *value) {
    if (strlen(value) + 1 > size) return TOO_SMALL;
    strcpy(out, value);
    return OK;
}

#define ON(handle) struct gpu *gpu = handle; int failed = look(__func__, gpu->index); if (failed) return failed

int nvmlInitWithFlags(unsigned flags) { (void)flags; return look(__func__, -1); }
int nvmlInit_v2(void) { return look(__func__, -1); }
int nvmlShutdown(void) { return OK; }

const char *nvmlErrorString(int code) {
    return code == NO_DRIVER ? "Driver Not Loaded" : code == 15 ? "GPU is lost" : code == 3 ? "Not Supported" : "Fake Error";
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    int failed = look(__func__, -1);
    *count = 0;
    for (int at = 0; at < GPUS; at++) if (gpus[at].known) *count = at + 1;
    return failed;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
    int failed = look(__func__, (int)index);
    if (index >= GPUS || !gpus[index].known) return INVALID;
    *handle = &gpus[index];
    return failed;
}

int nvmlDeviceGetName(void *handle, char *out, unsigned size) { ON(handle); return text(out, size, "Fake GPU 1000"); }

int nvmlDeviceGetUUID(void *handle, char *out, unsigned size) {
    char id[40];
    ON(handle);
    sprintf(id, "GPU-fa4e%04d", gpu->index);
    return text(out, size, id);
}

struct memory { unsigned long long total, free, used; };
int nvmlDeviceGetMemoryInfo(void *handle, struct memory *out) {
    ON(handle);
    out->total = gpu->total, out->used = gpu->used, out->free = gpu->total - gpu->used;
    return OK;
}

struct rates { unsigned gpu, memory; };
int nvmlDeviceGetUtilizationRates(void *handle, struct rates *out) { ON(handle); out->gpu = gpu->utilization; return OK; }
int nvmlDeviceGetPowerUsage(void *handle, unsigned *out) { ON(handle); *out = gpu->power; return OK; }

int nvmlDeviceGetCurrentClocksThrottleReasons(void *handle, unsigned long long *out) {
    ON(handle);
    *out = (unsigned long long)gpu->reasons;
    return gpu->reasons < 0 ? 3 : OK;
}

struct process { unsigned pid; unsigned long long memory; unsigned instance, compute; };
static int processes(struct gpu *gpu, unsigned *count, struct process *out) {
    unsigned room = *count, wanted = (unsigned)gpu->processes;
    *count = wanted;
    if (wanted && (!out || room < wanted)) return TOO_SMALL;
    for (unsigned at = 0; at < wanted; at++) {
        struct process it = {gpu->pid[at], gpu->memory[at], ~0u, ~0u};
        out[at] = it;
    }
    return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v2(void *handle, unsigned *count, struct process *out) {
    ON(handle);
    return processes(gpu, count, out);
}

#ifndef OLD
int nvmlDeviceGetTemperature(void *handle, unsigned sensor, unsigned *out) {
    (void)sensor;
    ON(handle);
    *out = gpu->heat;
    return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, unsigned *count, struct process *out) {
    ON(handle);
    return processes(gpu, count, out);
}
#endif
