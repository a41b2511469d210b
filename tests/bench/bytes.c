#include "tests/bench/bytes.h"

#include "engine/base/text.h"
#include "tests/flow/server.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPENSSL "/usr/bin/openssl"

const size_t bytes_sizes[BYTES_SIZES] = {1000000, 10000000, 100000000};

/* Without '/', so that nothing in it looks like a name of PDF. */
struct bytes bytes_document(struct arena *arena, size_t size)
{
    static const char head[] = "%PDF-1.7\n", end[] = "\n%%EOF\n";
    unsigned char *data = arena_alloc(arena, size);
    unsigned state = 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        data[i] = (unsigned char)('A' + (state >> 24) % 26);
    }
    memcpy(data, head, sizeof head - 1);
    memcpy(data + size - sizeof end + 1, end, sizeof end - 1);
    return (struct bytes){data, size};
}

/* ---- what the machine does ---- */

static bool put(const char *path, struct bytes bytes)
{
    FILE *file = fopen(path, "wbe");
    bool good = file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
    return file && fclose(file) == 0 && good;
}

static bool copy(const char *from, const char *to)
{
    static unsigned char piece[128 * 1024];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = in >= 0 && out >= 0;
    for (ssize_t size = 1; good && size > 0;) {
        size = read(in, piece, sizeof piece);
        good = size >= 0 && write(out, piece, (size_t)size) == size;
    }
    good = good && fsync(out) == 0;
    close(in);
    close(out);
    return good;
}

static bool measure_copy(const struct bench *bench, size_t size, struct bytes_floor *out,
                         struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    char *from = arena_printf(arena, "%s/bench-from", bench->folder);
    char *to = arena_printf(arena, "%s/bench-to", bench->folder);
    double walls[BYTES_ROUNDS], cpus[BYTES_ROUNDS];
    bool good = put(from, bytes_document(arena, size));
    for (int i = 0; i < BYTES_ROUNDS && good; i++) {
        unlink(to);
        double began = bench_wall_s(), cpu = bench_thread_s();
        good = copy(from, to);
        walls[i] = bench_wall_s() - began;
        cpus[i] = bench_thread_s() - cpu;
    }
    unlink(from);
    unlink(to);
    if (!good)
        return error_set(err, ERROR_BROKEN, "a file cannot be copied in %s", bench->folder);
    out->copy = (double)size / 1e6 / bench_median(walls, BYTES_ROUNDS);
    out->cpu_ms = bench_median(cpus, BYTES_ROUNDS) * 1e3 / ((double)size / 1e6);
    return true;
}

/* Of processor time, so that a busy machine does not hide what it could.
 * "+F:25:AES-256-GCM:652607488.00": bytes a second. */
static bool measure_openssl(const char *algorithm, double *out, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *const words[] = {"speed", "-mr",  "-seconds", "1", "-bytes",
                                 "65536", "-evp", algorithm,  NULL};
    const char *said;
    int status = server_run(arena, OPENSSL, words, &said);
    const char *figures = strstr(said, "+F:"), *last = figures ? figures + 3 : NULL;
    for (const char *next = last; next && (next = strchr(next, ':')); next++)
        last = next + 1;
    if (status != 0 || !last)
        return error_set(err, ERROR_UNAVAILABLE, OPENSSL " speed %s: %.100s", algorithm, said);
    *out = strtod(last, NULL) / 1e6;
    return true;
}

bool bytes_measure_floor(const struct bench *bench, size_t size, struct bytes_floor *out,
                         struct error *err)
{
    struct bytes_floor floor;
    if (!measure_copy(bench, size, &floor, err) ||
        !measure_openssl("aes-256-gcm", &floor.cipher, err) ||
        !measure_openssl("sha256", &floor.digest, err))
        return false;
    floor.all = 1 / (1 / floor.copy + 1 / floor.cipher + 1 / floor.digest);
    floor.cpu_ms += 1e3 / floor.cipher + 1e3 / floor.digest;
    *out = floor;
    return true;
}

double bytes_most_resident_mb(pid_t process)
{
    char path[64], line[256];
    double kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (text_starts_with(line, "VmHWM:"))
            kb = strtod(line + 6, NULL);
    if (file)
        fclose(file);
    return kb / 1e3;
}

double bytes_cpu_s(pid_t process)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "re");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[size] = '\0';
    const char *after_name = strrchr(text, ')'); /* fields 14 and 15; the name may hold spaces */
    unsigned long user = 0, system = 0;
    if (after_name)
        sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

void bytes_rows(const char *what, size_t size, const struct bytes_cost costs[BYTES_ROUNDS],
                const struct bytes_floor *floor)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    double walls[BYTES_ROUNDS], cpu_s = 0, mb = (double)size / 1e6;
    for (int i = 0; i < BYTES_ROUNDS; i++) {
        walls[i] = costs[i].wall_s;
        cpu_s += costs[i].cpu_s; /* counted in hundredths: all rounds together */
    }
    double mb_per_s = mb / bench_median(walls, BYTES_ROUNDS);
    double cpu_ms = cpu_s * 1e3 / (mb * BYTES_ROUNDS);
    bench_row(what, arena_printf(arena, "%.0f MB/s", mb_per_s),
              arena_printf(arena, "%.0f MB/s", floor->all),
              arena_printf(arena, "%.2f", mb_per_s / floor->all));
    bench_row("  processor time for a megabyte", arena_printf(arena, "%.1f ms CPU", cpu_ms),
              arena_printf(arena, "%.1f ms CPU", floor->cpu_ms),
              arena_printf(arena, "%.1f", cpu_ms / floor->cpu_ms));
}
