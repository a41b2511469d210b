#include "engine/config_check.h"

#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "engine/channel_table.h"
#include "engine/files.h"
#include "engine/http/listen.h"
#include "engine/http/proxies.h"
#include "engine/http/request.h"
#include "engine/sandbox/sandbox_mark.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETTINGS_MOST = 256, FILE_MOST_BYTES = 1024 * 1024 };

struct check {
    struct arena *arena;
    const struct config *config;
    const struct config_setting *settings;
    size_t setting_count;
    int lines[SETTINGS_MOST]; /* where each was set; 0: nowhere */
    struct config_finding *items;
    size_t count, room;
    bool is_away[SETTINGS_MOST]; /* a credential, which only the service has */
};

/* ---- Finding ---- */

static void add(struct check *check, struct config_finding finding)
{
    if (check->count == check->room) {
        struct config_finding *old = check->items;
        check->room = check->room ? check->room * 2 : 16;
        check->items = ARENA_ARRAY(check->arena, check->room, struct config_finding);
        if (check->count)
            memcpy(check->items, old, check->count * sizeof *old);
    }
    check->items[check->count++] = finding;
}

/* Where a setting stands, by its name. */
static int line_of(const struct check *check, const char *name)
{
    for (size_t i = 0; i < check->setting_count; i++)
        if (text_equal(check->settings[i].name, name))
            return check->lines[i];
    return 0;
}

PRINTF_LIKE(4, 0)
static void add_about(struct check *check, const char *name, bool is_warning, const char *format,
                      va_list words)
{
    char text[512];
    vsnprintf(text, sizeof text, format, words);
    text_drop_broken(text);
    add(check,
        (struct config_finding){line_of(check, name), is_warning, arena_text(check->arena, text)});
}

static void PRINTF_LIKE(3, 4) refuse(struct check *check, const char *name, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    add_about(check, name, false, format, words);
    va_end(words);
}

static void PRINTF_LIKE(3, 4) warn(struct check *check, const char *name, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    add_about(check, name, true, format, words);
    va_end(words);
}

static const char *value_of(struct check *check, const char *name)
{
    return config_value(check->arena, check->config, name);
}

/* For trying out, on the machine itself. */
static bool is_development(const struct check *check)
{
    return check->config->sandbox || check->config->develop;
}

static bool is_loopback(const char *address)
{
    return text_equal(address, "127.0.0.1") || text_equal(address, "::1");
}

/* ---- Files ---- */

/* A key of the sandbox's, or a certificate that it vouches for (S-SEC-2). */
static void check_content(struct check *check, const char *name, const char *path)
{
    const char **files;
    size_t count;
    struct bytes content;
    if (is_development(check) || !files_list(check->arena, path, "", &files, &count, NULL))
        return;
    for (size_t i = 0; i < count; i++)
        if (files_read(check->arena, files[i], FILE_MOST_BYTES, &content, NULL) &&
            sandbox_mark_is_in(content))
            refuse(check, name, "%s: %s was made by the sandbox: it protects nobody", name,
                   files[i]);
}

static void check_folder(struct check *check, const char *name, const char *path,
                         const struct stat *about)
{
    if (!S_ISDIR(about->st_mode))
        refuse(check, name, "%s: %s: there is a file where a folder must be", name, path);
    else if (text_equal(name, "data") && (about->st_mode & (S_IRWXG | S_IRWXO)))
        refuse(check, name, "%s: %s is open to others than its owner: chmod 700", name, path);
}

/* Is there a folder that it can be made in? */
static bool has_parent(struct check *check, const char *path)
{
    struct stat about;
    char *parent = arena_text(check->arena, path);
    size_t size = strlen(parent);
    while (size > 1 && parent[size - 1] == '/')
        parent[--size] = '\0';
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent] = '\0';
    return stat(slash ? parent : ".", &about) == 0 && S_ISDIR(about.st_mode);
}

static void check_path(struct check *check, const struct config_setting *setting)
{
    const char *name = setting->name, *path = value_of(check, name);
    struct stat about;
    if (!*path)
        return;
    if (stat(path, &about) != 0) {
        const char *why = errno == ENOENT ? "there is no such file or folder" : strerror(errno);
        if (!text_equal(name, "data"))
            refuse(check, name, "%s: %s: %s", name, path, why);
        else if (!has_parent(check, path))
            refuse(check, name, "%s: %s: the folder cannot be made: there is nothing to make it in",
                   name, path);
    } else if (access(path, R_OK) != 0) {
        refuse(check, name, "%s: %s cannot be read by whoever runs this: %s", name, path,
               strerror(errno));
    } else if (setting->kind == CONFIG_FOLDER) {
        check_folder(check, name, path, &about);
    } else {
        if (setting->kind == CONFIG_SECRET && !S_ISREG(about.st_mode))
            refuse(check, name, "%s: %s is not a file", name, path);
        else if (setting->kind == CONFIG_SECRET && !files_is_secret(path, &about))
            refuse(check, name, "%s: others may read %s: chmod 600", name, path);
        check_content(check, name, path);
    }
}

/* ---- Addresses ---- */

static bool is_address(const char *url, const char **host)
{
    bool secure = text_starts_with(url, "https://");
    if (!secure && !text_starts_with(url, "http://"))
        return false;
    *host = strstr(url, "//") + 2;
    return **host && **host != '/' && !strpbrk(url, " \t<>\"") && (secure || fetch_is_here(url));
}

static void check_url(struct check *check, const struct config_setting *setting)
{
    const char *url = value_of(check, setting->name), *host;
    if (*url && !text_equal(setting->name, "public_url") && !is_address(url, &host))
        refuse(check, setting->name,
               "%s is \"%s\": it must be an https address (http on loopback only)", setting->name,
               url);
}

/* Browsers send it as Origin, letter for letter: a '/' at its end would refuse every form. */
static void check_public_url(struct check *check)
{
    const char *url = check->config->public_url, *host = "";
    bool good = (text_starts_with(url, "https://") || text_starts_with(url, "http://")) &&
                !strchr(host = strstr(url, "//") + 2, '/');
    if (*url && !good)
        refuse(check, "public_url",
               "public_url is \"%s\": it must be as https://skjema.example.no, with nothing after "
               "the name",
               url);
    const char *hosts = check->config->hosts;
    if (!*url || !good || fetch_is_here(url))
        return;
    if (!is_development(check) && !text_starts_with(url, "https://"))
        refuse(check, "public_url",
               "public_url is \"%s\": it must be an https address, or nobody stays logged in", url);
    if (*hosts && !request_is_host(hosts, host))
        refuse(check, "hosts",
               "hosts does not have %s, which is public_url's name: every page would be refused",
               host);
}

/* Whether some proxy could be believed that reaches us over TCP. */
static bool trusts_an_address(const char *proxies)
{
    return *proxies && !text_equal(proxies, PROXIES_UNIX);
}

static void check_listen(struct check *check)
{
    const struct config *config = check->config;
    struct proxies *proxies;
    struct error why;
    if (!proxies_read(check->arena, config->trusted_proxies, &proxies, &why))
        refuse(check, "trusted_proxies", "trusted_proxies: %s", why.text);
    bool is_path = text_starts_with(config->listen_address, LISTEN_UNIX);
    if (is_path && !*config->public_url)
        refuse(check, "public_url",
               "listen_address is a unix socket, so public_url must say how the site is reached");
    if (is_path || is_loopback(config->listen_address))
        return;
    if (is_development(check))
        refuse(check, "listen_address", "with --%s the site listens on 127.0.0.1 or ::1 only",
               config->sandbox ? "sandbox" : "develop");
    else if (!text_starts_with(config->public_url, "https://"))
        refuse(check, "listen_address",
               "listen_address is \"%s\", which others reach, but public_url is no https address: "
               "a proxy in front must end TLS",
               config->listen_address);
    else if (!trusts_an_address(config->trusted_proxies))
        refuse(check, "trusted_proxies",
               "listen_address is \"%s\", which others reach: trusted_proxies must name the proxy "
               "that ends TLS in front",
               config->listen_address);
}

static void check_operate(struct check *check)
{
    const char *address = check->config->operate_address;
    if (*address && !is_loopback(address) && !*check->config->operate_password)
        refuse(check, "operate_address",
               "operate_address is \"%s\": with another than 127.0.0.1 or ::1 operate_password "
               "must name a file",
               address);
}

/* ---- What belongs together ---- */

/* The first works only with the second. */
static const char *const pairs[][2] = {
    {"receipt_key", "receipt_certificate"},
    {"receipt_certificate", "receipt_key"},
    {"dpi_key", "dpi_certificate"},
    {"dpi_certificate", "dpi_key"},
    {"maskinporten_key", "maskinporten_client"},
    {"digipost_key", "digipost_broker"},
    {"machine_jwks_url", "machine_issuer"},
    {"machine_audience", "machine_issuer"},
    {"krr_token", "krr_url"},
    {"population_token", "population_url"},
    {"organisations_token", "organisations_url"},
};

static void check_pairs(struct check *check)
{
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (*value_of(check, pairs[i][0]) && !*value_of(check, pairs[i][1]))
            refuse(check, pairs[i][0], "%s is set, but not %s", pairs[i][0], pairs[i][1]);
}

static void must_be_set(struct check *check, const char *name, const char *why)
{
    if (!*value_of(check, name))
        refuse(check, name, "%s is not set: %s", name, why);
}

static void check_login(struct check *check)
{
    const struct config *config = check->config;
    if (!*config->idporten_issuer && !config->sandbox)
        warn(check, "idporten_issuer", "idporten_issuer is not set: nobody can log in");
    if (!*config->idporten_issuer)
        return;
    must_be_set(check, "idporten_client", "idporten_issuer needs it");
    if (!*config->idporten_key && !*config->idporten_secret)
        refuse(check, "idporten_issuer",
               "idporten_issuer needs idporten_key (with idporten_kid), or idporten_secret");
    if (*config->idporten_key)
        must_be_set(check, "idporten_kid", "idporten_key needs it");
}

static void check_clients(struct check *check)
{
    const struct config *config = check->config;
    if (*config->maskinporten_client)
        must_be_set(check, "maskinporten_key", "maskinporten_client needs it");
    if (*config->maskinporten_client && !*config->maskinporten_kid &&
        !*config->maskinporten_certificate)
        refuse(check, "maskinporten_client",
               "maskinporten_client needs maskinporten_kid or maskinporten_certificate");
    if (*config->machine_issuer && !*config->machine_audience && !*config->public_url)
        refuse(check, "machine_issuer",
               "machine_issuer is set, but neither machine_audience nor public_url: access tokens "
               "must be for us");
    if (!text_equal(config->clamd_policy, "off"))
        must_be_set(check, "clamd", "clamd_policy needs an address to send documents to");
}

static void check_letters(struct check *check)
{
    bool digipost = channel_table_names(check->config, "digipost");
    if (digipost && !*check->config->digipost_broker)
        refuse(check, "digipost_broker",
               "neither --sandbox nor digipost_broker is set: no postbox to speak with");
    else if (digipost)
        must_be_set(check, "digipost_key", "it names the file with the broker's key");
    if (!channel_table_names(check->config, "dpi"))
        return;
    static const char *const needed[] = {"dpi_url", "dpi_key", "dpi_certificate", "dpi_trust",
                                         "dpi_channel"};
    for (size_t i = 0; i < COUNT(needed); i++)
        must_be_set(check, needed[i], "letters go by dpi");
    must_be_set(check, "krr_url", "letters go by dpi, and it says to which mailbox");
}

static void should_not_pass(struct check *check, const char *small, int64_t less, const char *large,
                            int64_t more)
{
    if (less > more)
        warn(check, small, "%s (%lld) is more than %s (%lld): the smaller counts", small,
             (long long)less, large, (long long)more);
}

static void check_limits(struct check *check)
{
    const struct config *config = check->config;
    should_not_pass(check, "session_idle_s", config->session_idle_s, "session_absolute_s",
                    config->session_absolute_s);
    should_not_pass(check, "file_bytes", config->file_bytes, "draft_bytes", config->draft_bytes);
    should_not_pass(check, "draft_bytes", config->draft_bytes, "citizen_bytes",
                    config->citizen_bytes);
    should_not_pass(check, "file_bytes", config->file_bytes, "staging_bytes",
                    config->staging_bytes);
    should_not_pass(check, "draft_bytes", config->draft_bytes, "postbox_bytes",
                    config->postbox_bytes);
}

/* ---- What is for trying out only ---- */

/* The agency that the defaults describe does not exist. */
static void check_agency(struct check *check)
{
    static const char *const own[] = {"agency_name", "agency_number", "agency_address",
                                      "agency_phone", "agency_email"};
    struct config example;
    config_init(&example);
    for (size_t i = 0; i < COUNT(own); i++)
        if (text_equal(value_of(check, own[i]), config_value(check->arena, &example, own[i])))
            refuse(check, own[i], "%s is the example's (%s): say your own", own[i],
                   value_of(check, own[i]));
}

/* ---- All ---- */

static void check_values(struct check *check)
{
    check_pairs(check);
    for (size_t i = 0; i < check->setting_count; i++) {
        const struct config_setting *setting = &check->settings[i];
        if (check->is_away[i])
            continue;
        if (setting->kind == CONFIG_FILE || setting->kind == CONFIG_SECRET ||
            setting->kind == CONFIG_FOLDER)
            check_path(check, setting);
        else if (setting->kind == CONFIG_URL)
            check_url(check, setting);
    }
    check_public_url(check);
    check_listen(check);
    check_operate(check);
    check_login(check);
    check_clients(check);
    check_limits(check);
    if (!check->config->sandbox)
        check_letters(check);
    if (!is_development(check))
        check_agency(check);
}

static struct check begin(struct arena *arena, const struct config *config)
{
    struct check check = {.arena = arena, .config = config};
    check.settings = config_settings(&check.setting_count);
    if (check.setting_count > SETTINGS_MOST)
        abort();
    return check;
}

static int by_line(const void *a, const void *b)
{
    const struct config_finding *one = a, *two = b;
    unsigned int first = (unsigned int)one->line - 1, second = (unsigned int)two->line - 1;
    return (first > second) - (first < second); /* line 0 is the largest then */
}

static void finish(const struct check *check, struct config_findings *out)
{
    *out = (struct config_findings){.items = check->items, .count = check->count};
    for (size_t i = 0; i < check->count; i++)
        out->error_count += !check->items[i].is_warning;
    if (check->count)
        qsort(check->items, check->count, sizeof *check->items, by_line);
}

/* ---- A file ---- */

/* By hand there are no credentials to look at: only the service has them. */
static bool is_credential_elsewhere(const char *value)
{
    return text_starts_with(value, CONFIG_CREDENTIAL) && !getenv("CREDENTIALS_DIRECTORY");
}

static void take_line(struct check *check, struct config *config, char *line, int number)
{
    const char *name, *value;
    struct error err;
    if (!config_line(check->arena, line, &name, &value, &err)) {
        add(check, (struct config_finding){number, false, arena_text(check->arena, err.text)});
        return;
    }
    size_t at = 0;
    while (name && at < check->setting_count && !text_equal(check->settings[at].name, name))
        at++;
    if (!name)
        return;
    if (at < check->setting_count) {
        if (check->lines[at])
            add(check,
                (struct config_finding){number, false,
                                        arena_printf(check->arena, "%s stands in line %d already",
                                                     name, check->lines[at])});
        check->lines[at] = number;
    }
    if (is_credential_elsewhere(value) && at < check->setting_count) {
        check->is_away[at] = true;
        warn(check, name, "%s is a credential: only the service can look at it", name);
        value += strlen(CONFIG_CREDENTIAL);
    }
    if (!config_set(config, check->arena, name, value, &err))
        add(check, (struct config_finding){number, false, arena_text(check->arena, err.text)});
}

void config_check_file(struct arena *arena, struct bytes file, struct config *config,
                       struct config_findings *out)
{
    struct check check = begin(arena, config);
    if (!text_is_utf8(file) || (file.size && memchr(file.data, 0, file.size))) {
        add(&check, (struct config_finding){.text = "not UTF-8 text"});
        finish(&check, out);
        return;
    }
    int number = 1;
    for (char *line = arena_text_of(arena, file); line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        take_line(&check, config, line, number);
        line = end ? end + 1 : NULL;
    }
    check_values(&check);
    finish(&check, out);
}

bool config_check_start(const struct config *config, struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct check check = begin(arena, config);
    struct config_findings found;
    check_values(&check);
    finish(&check, &found);
    if (!found.error_count)
        return true;
    const char *first = "";
    for (size_t i = found.count; i-- > 0;)
        if (!found.items[i].is_warning)
            first = found.items[i].text;
    if (found.error_count == 1)
        return error_set(err, ERROR_INVALID, "%s", first);
    return error_set(err, ERROR_INVALID, "%s (and %zu more: skjema config check --config FILE)",
                     first, found.error_count - 1);
}
