/* confine_files.c - which files the program reaches, by the kernel's landlock. */
#include "engine/base/text.h"
#include "engine/confine.h"
#include "engine/confine_inside.h"
#include "engine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What headers of Debian 12 do not have yet; the numbers are the kernel's (landlock.7). */
#define ACCESS_REFER (1ULL << 13)
#define ACCESS_TRUNCATE (1ULL << 14)
#define ACCESS_IOCTL_DEVICE (1ULL << 15)
#define SCOPE_ABSTRACT_SOCKETS (1ULL << 0)
#define SCOPE_SIGNALS (1ULL << 1)

struct ruleset {
    uint64_t files, ports, scoped; /* ports: from version 4 on, scoped: from 6 */
};

enum access {
    READ_FILE = LANDLOCK_ACCESS_FS_READ_FILE,
    READ = READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    CHANGE = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | ACCESS_TRUNCATE,
    ARRANGE = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
              LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | ACCESS_REFER,
    OF_A_FILE = READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE |
                ACCESS_TRUNCATE | ACCESS_IOCTL_DEVICE,
};

/* What libraries read of the system: names of machines and their certificates (all of /etc, where
 * some of it is replaced while we run), libraries for name look-up, time zones, chance. */
static const char *const of_the_system[] = {
    "/etc",
    "/run/systemd/resolve",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/dev/urandom",
    "/dev/random",
    "/dev/null",
    "/sys/devices/system/cpu",
    "/proc/self",
};

struct fence {
    int ruleset;
    uint64_t handled; /* what this kernel can refuse */
};

/* What is not there needs no rule. */
static bool allow(const struct fence *fence, const char *path, uint64_t access, struct error *err)
{
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return true;
    struct stat about;
    bool good = place >= 0 && fstat(place, &about) == 0;
    if (good && !S_ISDIR(about.st_mode))
        access &= OF_A_FILE;
    struct landlock_path_beneath_attr rule = {.allowed_access = access & fence->handled,
                                              .parent_fd = place};
    good = good && syscall(SYS_landlock_add_rule, fence->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
                           0) == 0;
    int why = errno;
    if (place >= 0)
        close(place);
    return good || error_at(err, ERROR_BROKEN, path, 0, "cannot be fenced in: %s", strerror(why));
}

/* "." for a name without a folder. */
static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : arena_printf(arena, "%.*s", (int)(slash - path), path);
}

/* A file's folder goes with it where what lies beside it is read too, or where it may be replaced
 * while we run. */
static bool allow_setting(const struct fence *fence, struct arena *arena,
                          const struct config *config, const struct config_setting *setting,
                          struct error *err)
{
    const char *path = config_value(arena, config, setting->name);
    if (!*path || text_equal(setting->name, "data"))
        return true;
    if (text_equal(setting->name, "issuers"))
        path = folder_of(arena, path);
    return allow(fence, path, READ, err);
}

static bool allow_settings(const struct fence *fence, struct arena *arena,
                           const struct config *config, struct error *err)
{
    size_t count;
    const struct config_setting *settings = config_settings(&count);
    for (size_t i = 0; i < count; i++) {
        enum config_kind kind = settings[i].kind;
        bool is_path = kind == CONFIG_FILE || kind == CONFIG_SECRET || kind == CONFIG_FOLDER;
        if (is_path && !allow_setting(fence, arena, config, &settings[i], err))
            return false;
    }
    return true;
}

/* The log's heads are added to a file that may be turned over by others. */
static bool allow_heads(const struct fence *fence, struct arena *arena, const struct config *config,
                        struct error *err)
{
    const char *heads = config->audit_heads;
    return !*heads || text_equal(heads, "syslog") ||
           allow(fence, folder_of(arena, heads), READ | CHANGE, err);
}

/* A socket of ours is made in its folder, with a lock beside it, and taken away at the end. */
static bool allow_socket(const struct fence *fence, struct arena *arena, const char *address,
                         struct error *err)
{
    static const char unix_socket[] = "unix:";
    return !text_starts_with(address, unix_socket) ||
           allow(fence, folder_of(arena, address + strlen(unix_socket)), READ | CHANGE | ARRANGE,
                 err);
}

/* Also what lies elsewhere and is only linked to from the data folder: a print room's share, a disk
 * of its own. */
static bool allow_data(const struct fence *fence, struct arena *arena, const char *data,
                       struct error *err)
{
    static const char *const within[] = {"", "/keys", "/print", "/sandbox"};
    for (size_t i = 0; i < COUNT(within); i++)
        if (!allow(fence, arena_printf(arena, "%s%s", data, within[i]), READ | CHANGE | ARRANGE,
                   err))
            return false;
    return true;
}

/* Tests let the sandbox use its keys again (crypto_reuse_keys). */
static bool allow_spare_keys(const struct fence *fence, const struct config *config,
                             struct error *err)
{
    const char *folder = config->sandbox ? getenv("SKJEMA_SPARE_KEYS") : NULL;
    return !folder || allow(fence, folder, READ | CHANGE | ARRANGE, err);
}

static bool allow_all(const struct fence *fence, struct arena *arena, const struct config *config,
                      struct error *err)
{
    for (size_t i = 0; i < COUNT(of_the_system); i++)
        if (!allow(fence, of_the_system[i], READ, err))
            return false;
    return allow(fence, "/dev/null", READ | CHANGE, err) &&
           allow_data(fence, arena, config->data, err) &&
           allow_settings(fence, arena, config, err) && allow_heads(fence, arena, config, err) &&
           allow_socket(fence, arena, config->listen_address, err) &&
           allow_spare_keys(fence, config, err);
}

/* The rights that landlock of that version knows; the size of what it is told them in. */
static size_t rules_of(long version, struct ruleset *out)
{
    *out = (struct ruleset){.files = (1ULL << 13) - 1};
    if (version >= 2)
        out->files |= ACCESS_REFER;
    if (version >= 3)
        out->files |= ACCESS_TRUNCATE;
    if (version >= 5)
        out->files |= ACCESS_IOCTL_DEVICE;
    if (version >= 6)
        out->scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    return version < 4 ? sizeof out->files : version < 6 ? 2 * sizeof out->files : sizeof *out;
}

static bool fence_in(struct arena *arena, const struct config *config, long version,
                     struct error *err)
{
    struct ruleset rules;
    size_t size = rules_of(version, &rules);
    struct fence fence = {(int)syscall(SYS_landlock_create_ruleset, &rules, size, 0), rules.files};
    if (fence.ruleset < 0)
        return error_set(err, ERROR_BROKEN, "landlock does not work: %s", strerror(errno));
    bool good = allow_all(&fence, arena, config, err);
    if (good && syscall(SYS_landlock_restrict_self, fence.ruleset, 0) != 0)
        good = error_set(err, ERROR_BROKEN, "landlock does not work: %s", strerror(errno));
    close(fence.ruleset);
    return good;
}

long confine_landlock(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : version;
}

bool confine_files(const struct config *config, struct error *err)
{
    enum confine_how how = confine_how(config);
    if (how == CONFINE_WATCHED || how == CONFINE_NOT)
        return true;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(err, ERROR_BROKEN, "no_new_privs: %s", strerror(errno));
    long version = confine_landlock();
    if (how == CONFINE_LOG || !version)
        return true; /* told of by confine_calls */
    CLEANUP(arena_close) struct arena *arena = arena_open();
    return files_make_folder(config->data, err) && fence_in(arena, config, version, err);
}
