#include "engine/config.h"

#include "engine/base/buf.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(member, kind, unit, fallback, meaning)                                                 \
    {                                                                                              \
        {#member, unit, meaning, fallback, kind, 0, 0, "", ""}, offsetof(struct config, member)    \
    }
#define TEXT_ROW(member, fallback, meaning) ROW(member, CONFIG_TEXT, "text", fallback, meaning)
#define FILE_ROW(member, fallback, meaning) ROW(member, CONFIG_FILE, "file", fallback, meaning)
#define SECRET_ROW(member, fallback, meaning)                                                      \
    ROW(member, CONFIG_SECRET, "secret file", fallback, meaning)
#define FOLDER_ROW(member, fallback, meaning)                                                      \
    ROW(member, CONFIG_FOLDER, "folder", fallback, meaning)
#define URL_ROW(member, fallback, meaning) ROW(member, CONFIG_URL, "address", fallback, meaning)
#define SWITCH_ROW(member, fallback, meaning)                                                      \
    ROW(member, CONFIG_SWITCH, "yes or no", fallback, meaning)
#define NUMBER_ROW(member, fallback, least, most, unit, meaning)                                   \
    {                                                                                              \
        {#member, unit, meaning, #fallback, CONFIG_NUMBER, least, most, "", ""},                   \
            offsetof(struct config, member)                                                        \
    }
#define CHOICE_ROW(member, fallback, choices, meaning) /* spaces between */                        \
    {                                                                                              \
        {#member, "choice", meaning, fallback, CONFIG_CHOICE, 0, 0, choices, ""},                  \
            offsetof(struct config, member)                                                        \
    }
#define GROUP(title) /* of the rows below */                                                       \
    {                                                                                              \
        {NULL, "", "", "", CONFIG_TEXT, 0, 0, "", title}, 0                                        \
    }

/* A row a setting. Which kind a row is decides what `skjema config check` looks at: that a file is
 * there (FILE), that nobody else may read it (SECRET), that an address is one (URL). */
static const struct row {
    struct config_setting told;
    size_t offset;
} rows[] = {
    GROUP("The site"),
    TEXT_ROW(listen_address, "127.0.0.1",
             "address the site listens on, or unix:/run/skjema/http.sock"),
    NUMBER_ROW(listen_port, 8080, 0, 65535, "port", "port the site listens on; 0: any free one"),
    TEXT_ROW(hosts, "",
             "what the Host header may be, comma between; empty: the address, localhost and "
             "public_url's"),
    TEXT_ROW(trusted_proxies, "unix",
             "whose X-Forwarded-For, -Proto and -Host are believed: addresses and networks as "
             "10.0.0.0/8, unix: whoever comes over the unix socket; comma between"),
    URL_ROW(public_url, "", "how citizens reach the site; empty: http://address:port"),
    NUMBER_ROW(worker_threads, 4, 1, 56, "threads", "requests worked on at once"),
    NUMBER_ROW(queue_length, 256, 1, 10000, "requests", "waiting for a thread; one more gets 503"),
    NUMBER_ROW(connections, 12000, 10, 1000000, "connections",
               "open at once, as far as the limit of open files goes; one more is closed"),
    NUMBER_ROW(connections_per_client, 200, 1, 1000000, "connections",
               "of one address at once; trusted_proxies have no limit"),

    GROUP("The operator's page"),
    TEXT_ROW(operate_address, "",
             "address of the operator's page, metrics, /ready and /live; empty: none"),
    NUMBER_ROW(operate_port, 9080, 0, 65535, "port", "port of that; 0: any free one"),
    TEXT_ROW(operate_hosts, "", "what the Host header may be there; as hosts"),
    SECRET_ROW(operate_password, "",
               "file with the password for it; may be empty with 127.0.0.1 and ::1 only"),

    GROUP("What it keeps and serves"),
    FOLDER_ROW(data, "data", "folder of the database, keys and sandbox"),
    FOLDER_ROW(keys, "",
               "folder of the master keys, as a credentials directory; empty: keys in data"),
    FOLDER_ROW(forms, "examples", "folder with one folder a form"),
    FILE_ROW(issuers, "",
             "file with organisations whose documents we know by name, and their certificates"),
    TEXT_ROW(audit_heads, "",
             "where the audit log's head goes every hour: syslog, or a file; empty: nowhere"),

    GROUP("The agency"),
    TEXT_ROW(agency_name, "Fjordvik kommune", "the agency's name"),
    TEXT_ROW(agency_number, "310245682", "the agency's organisation number"),
    CHOICE_ROW(agency_kind, "municipal", "state municipal",
               "a state agency's forms are not published without both bokmål and "
               "nynorsk"),
    TEXT_ROW(agency_address, "Rådhusgata 1, 9999 Fjordvik", "the agency's postal address"),
    TEXT_ROW(agency_phone, "00 00 00 00", "the agency's telephone"),
    TEXT_ROW(agency_email, "post@fjordvik.example", "the agency's e-mail"),
    FOLDER_ROW(agency_look, "",
               "folder with the agency's logo, colour and statements; empty: a plain look"),

    GROUP("Limits"),
    NUMBER_ROW(file_bytes, 10000000, 1024, 200000000, "bytes", "one uploaded or fetched file"),
    NUMBER_ROW(draft_files, 20, 1, 200, "files", "attachments of one application"),
    NUMBER_ROW(draft_bytes, 50000000, 1024, 1000000000, "bytes",
               "all attachments of one application"),
    NUMBER_ROW(postbox_bytes, 50000000, 1024, 200000000, "bytes",
               "all documents of one letter: no application may have more (DPI: 50 MB)"),
    NUMBER_ROW(citizen_bytes, 200000000, 1024, 2000000000, "bytes",
               "all attachments of one person's drafts"),
    NUMBER_ROW(staging_bytes, 1000000000, 1048576, 1000000000000, "bytes",
               "all documents on their way in, everybody's together"),
    NUMBER_ROW(logins_a_minute, 10, 1, 1000000, "logins",
               "begun from one address, six times that at once; one more gets 429"),
    NUMBER_ROW(logouts_a_minute, 60, 1, 1000000, "logouts",
               "told by the login service through browsers of one address, six times that at once"),
    NUMBER_ROW(detours_a_minute, 60, 1, 1000000, "pages",
               "opened from one address before login and come back to after it, six times that at "
               "once; one more only leads to the login"),
    NUMBER_ROW(drafts_an_hour, 20, 1, 1000000, "drafts", "one person may begin; one more gets 429"),
    NUMBER_ROW(uploads_an_hour, 120, 1, 1000000, "files", "one person may upload"),
    NUMBER_ROW(submits_an_hour, 20, 1, 1000000, "applications", "one person may send"),
    NUMBER_ROW(consents_an_hour, 20, 1, 1000000, "times",
               "one person may ask for documents from the postbox"),
    NUMBER_ROW(exports_an_hour, 10, 1, 1000000, "times",
               "one person may download all that is kept about them"),
    NUMBER_ROW(draft_days, 30, 1, 365, "days", "how long an unsent draft is kept"),
    NUMBER_ROW(later_days, 21, 1, 365, "days",
               "to send what was promised for later, unless the form says (sk:later)"),
    NUMBER_ROW(repeat_rows, 50, 1, 1000, "rows", "rows of one repeat"),
    NUMBER_ROW(request_cpu_ms, 2000, 10, 60000, "milliseconds",
               "processor time of all expressions in one request"),
    NUMBER_ROW(session_idle_s, 1800, 60, 7200, "seconds", "a login ends when nothing was done"),
    NUMBER_ROW(session_absolute_s, 7200, 60, 28800, "seconds", "a login ends in any case"),

    GROUP("Signature on receipts"),
    SECRET_ROW(
        receipt_key, "",
        "file with the private key that signs receipts, PEM; empty: the one for DPI, or none"),
    FILE_ROW(receipt_certificate, "",
             "file with the certificate for it and those above it, its own first, PEM"),

    GROUP("Virus check"),
    TEXT_ROW(clamd, "",
             "ClamAV's daemon that documents are sent to: a socket's path, or host:port"),
    CHOICE_ROW(clamd_policy, "off", "off when-available required",
               "whether documents must be checked; when-available: they are taken unchecked when "
               "nobody listens there"),

    GROUP("Letters"),
    TEXT_ROW(channels, "",
             "ways for letters, the preferred first, spaces between: digipost, dpi, folder; empty: "
             "digipost, with the sandbox digipost dpi"),
    URL_ROW(digipost_url, "https://api.digipost.no", "Digipost's API"),
    URL_ROW(digipost_content_url, "https://www.digipostdata.no",
            "where shared documents may be redirected to"),
    TEXT_ROW(digipost_broker, "", "the broker's id, digits"),
    TEXT_ROW(digipost_sender, "", "the sender's id, digits; empty: the broker"),
    SECRET_ROW(digipost_key, "", "file with the broker's private key, PEM"),
    FILE_ROW(digipost_ca, "", "file with the CA of the API's server; empty: the system's"),
    TEXT_ROW(
        digipost_fingerprint, "",
        "SHA-256 of the certificates that sign answers, hex, comma between; empty: the one that "
        "the entry point gives over TLS"),

    GROUP("Digital post to any mailbox"),
    URL_ROW(dpi_url, "", "the access point for Digital post (corner 2)"),
    SECRET_ROW(dpi_key, "", "file with the private key that signs Digital post, PEM"),
    FILE_ROW(dpi_certificate, "",
             "file with that key's business certificate and those above it, PEM"),
    FILE_ROW(dpi_trust, "",
             "PEM file, or folder of such, with the issuers of business certificates: whose "
             "receipts and mailboxes are believed"),
    TEXT_ROW(dpi_channel, "skjema",
             "the installation's own channel (kanal): its receipts, and nobody else's"),
    TEXT_ROW(dpi_sender, "",
             "organisation number of the data processor that sends for the agency; empty: itself"),
    TEXT_ROW(dpi_sender_unit, "", "avsenderidentifikator, as registered at the mailboxes"),
    TEXT_ROW(dpi_mailboxes, "984661185,922020175",
             "organisation numbers of mailboxes, which may sign receipts, comma between"),
    FILE_ROW(dpi_ca, "", "file with the CA of the access point's server; empty: the system's"),
    NUMBER_ROW(dpi_poll_s, 10, 1, 3600, "seconds",
               "between looks for receipts while a letter waits for one"),

    GROUP("Postbox and delivery"),
    URL_ROW(mailbox_url, "https://www.digipost.no/", "where citizens open their postbox"),
    NUMBER_ROW(share_s, 3600, 60, 7776000, "seconds", "how long shared documents can be fetched"),
    NUMBER_ROW(poll_ms, 2000, 100, 3600000, "milliseconds", "between looks for postbox events"),
    NUMBER_ROW(outbound_timeout_ms, 8000, 100, 60000, "milliseconds",
               "one request to the postbox; a letter may take seven"),
    NUMBER_ROW(outbound_rest_ms, 5000, 1, 600000, "milliseconds",
               "how long the postbox is left alone after five failures in a row"),
    NUMBER_ROW(lease_s, 120, 2, 3600, "seconds", "how long a worker holds a delivery"),

    GROUP("Login"),
    URL_ROW(idporten_issuer, "",
            "the OpenID provider people log in with, https://idporten.no; empty: the sandbox's"),
    TEXT_ROW(idporten_client, "", "our client_id there"),
    SECRET_ROW(idporten_key, "", "file with the private key registered there, PEM (RSA)"),
    TEXT_ROW(idporten_kid, "", "the registered key's name"),
    SECRET_ROW(idporten_secret, "",
               "file with a client secret, for providers without keys; empty: the key"),
    FILE_ROW(idporten_ca, "", "file with the CA of the provider's server; empty: the system's"),
    TEXT_ROW(idporten_scope, "openid profile", "what is asked for, spaces between"),
    TEXT_ROW(idporten_pid_claim, "pid", "the claim with the identity number of 11 digits"),
    SWITCH_ROW(idporten_legacy_levels, "no", "the old words Level3 and Level4 are taken too"),
    TEXT_ROW(idporten_hosts, "login.idporten.no",
             "hosts the provider's endpoints may be on besides the issuer's, comma between"),
    NUMBER_ROW(idporten_timeout_ms, 5000, 100, 60000, "milliseconds",
               "one call to the provider, while a person waits"),

    GROUP("Registers"),
    URL_ROW(krr_url, "", "Kontakt- og reservasjonsregisteret, REST; empty: not asked"),
    SECRET_ROW(krr_token, "", "file with a bearer token for it, without maskinporten_client"),
    URL_ROW(population_url, "", "register of names and addresses; empty: not asked"),
    SECRET_ROW(population_token, "", "file with the bearer token for it"),
    URL_ROW(organisations_url, "", "register of organisations; empty: not asked"),
    SECRET_ROW(organisations_token, "", "file with the bearer token for it, if it wants one"),
    FILE_ROW(registers_ca, "", "file with the CA of the registers' servers; empty: the system's"),
    NUMBER_ROW(register_timeout_ms, 3000, 100, 60000, "milliseconds", "one question to a register"),

    GROUP("Access tokens from Maskinporten"),
    URL_ROW(maskinporten_url, "https://maskinporten.no/",
            "where access tokens for registers come "
            "from: the issuer, with / at its end"),
    TEXT_ROW(maskinporten_client, "", "our client's id there; empty: there is none"),
    SECRET_ROW(maskinporten_key, "", "file with the client's private key, PEM"),
    TEXT_ROW(maskinporten_kid, "", "the registered key's name; empty: the certificate is sent"),
    FILE_ROW(maskinporten_certificate, "", "file with our certificate and those above it, PEM"),
    FILE_ROW(maskinporten_ca, "", "file with the CA of that server; empty: the system's"),

    GROUP("The API for machines"),
    URL_ROW(machine_issuer, "",
            "whose access tokens the API for machines takes, as https://maskinporten.no/; empty: "
            "there is no API"),
    URL_ROW(machine_jwks_url, "", "that issuer's keys; empty: its address with jwk after it"),
    FILE_ROW(machine_ca, "", "file with the CA of that server; empty: the system's"),
    TEXT_ROW(machine_audience, "", "what access tokens must be for; empty: public_url"),
    TEXT_ROW(machine_scope_read, "skjema:bevis.read",
             "the scope for asking for evidence and reading it"),
    TEXT_ROW(machine_scope_write, "skjema:bevis.write", "the scope for issuing certificates"),
    NUMBER_ROW(evidence_an_hour, 600, 1, 1000000, "requests",
               "evidence requests of one agency in an hour; one more gets 429"),
    NUMBER_ROW(evidence_pending, 3, 1, 100, "requests",
               "unanswered evidence requests of one agency about one person"),
    NUMBER_ROW(evidence_answer_days, 30, 1, 365, "days", "to answer an evidence request"),
    NUMBER_ROW(evidence_read_days, 7, 1, 365, "days",
               "how long another agency may read what somebody said yes to"),
    NUMBER_ROW(evidence_keep_days, 90, 1, 3650, "days",
               "how long an evidence request is kept when it is over"),

    GROUP("The process"),
    TEXT_ROW(user, "", "who it becomes when root starts it; empty: it stays who it is"),
    CHOICE_ROW(confine, "on", "on log off",
               "keep it to its own files and to the calls that it needs; log: other calls are told "
               "of in the kernel's log"),

    GROUP("Development"),
    SWITCH_ROW(sandbox, "no", "stand-ins for postbox and login; loopback only, invented people"),
    SWITCH_ROW(
        develop, "no",
        "a form that changes is read again at the next request, and its mistakes are shown in "
        "the browser; loopback only"),
    NUMBER_ROW(sandbox_api_port, 8082, 0, 65535, "port", "the sandbox's Digipost API; 0: any"),
    NUMBER_ROW(sandbox_mailbox_port, 8081, 0, 65535, "port", "the sandbox's postbox page; 0: any"),
    SWITCH_ROW(sandbox_apart, "no", "the sandbox runs beside: skjema sandbox --data DATA/sandbox"),
};

static bool is_group(const struct row *row)
{
    return !row->told.name;
}

const struct config_setting *config_settings(size_t *count)
{
    static struct config_setting told[COUNT(rows)];
    const char *group = "";
    *count = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (is_group(&rows[i])) {
            group = rows[i].told.group;
            continue;
        }
        struct config_setting setting = rows[i].told;
        setting.group = group;
        told[(*count)++] = setting;
    }
    return told;
}

const char *config_meaning(struct arena *arena, const struct config_setting *setting)
{
    if (setting->kind == CONFIG_NUMBER)
        return arena_printf(arena, "%s (%lld to %lld %s)", setting->meaning,
                            (long long)setting->least, (long long)setting->most, setting->unit);
    return arena_printf(
        arena, "%s (%s%s)", setting->meaning, setting->unit,
        setting->kind == CONFIG_CHOICE ? arena_printf(arena, ": %s", setting->choices) : "");
}

static bool parse_number(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return false;
    *out = number;
    return true;
}

/* "it may be a, b or c" */
static bool refuse_choice(const struct config_setting *setting, const char *value,
                          struct error *err)
{
    char list[128] = "";
    size_t size = 0;
    for (const char *at = setting->choices; *at && size < sizeof list;) {
        size_t word = strcspn(at, " ");
        const char *after = at[word] ? at + word + 1 : at + word;
        const char *joint = !*list ? "" : *after ? ", " : " or ";
        size += (size_t)snprintf(list + size, sizeof list - size, "%s%.*s", joint, (int)word, at);
        at = after;
    }
    return error_set(err, ERROR_INVALID, "%s is \"%s\": it may be %s", setting->name, value, list);
}

static bool set(struct config *config, const struct row *row, const char *value, struct error *err)
{
    void *place = (char *)config + row->offset;
    const struct config_setting *told = &row->told;
    int64_t number;
    switch (told->kind) {
    case CONFIG_SWITCH:
        if (!text_equal(value, "yes") && !text_equal(value, "no"))
            return error_set(err, ERROR_INVALID, "%s is \"%s\": it may be yes or no", told->name,
                             value);
        *(bool *)place = text_equal(value, "yes");
        return true;
    case CONFIG_NUMBER:
        if (!parse_number(value, &number) || number < told->least || number > told->most)
            return error_set(err, ERROR_INVALID, "%s is \"%s\": it may be %lld to %lld %s",
                             told->name, value, (long long)told->least, (long long)told->most,
                             told->unit);
        *(int64_t *)place = number;
        return true;
    case CONFIG_CHOICE:
        if (!*value || strchr(value, ' ') || !text_has_word(told->choices, value))
            return refuse_choice(told, value, err);
        break;
    case CONFIG_TEXT:
    case CONFIG_FILE:
    case CONFIG_SECRET:
    case CONFIG_FOLDER:
    case CONFIG_URL:
        break;
    }
    *(const char **)place = value;
    return true;
}

void config_init(struct config *config)
{
    *config = (struct config){0};
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!is_group(&rows[i]) && !set(config, &rows[i], rows[i].told.fallback, NULL))
            abort(); /* a default outside its own range */
}

/* ---- Names ---- */

static const struct row *find_row(const char *name)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!is_group(&rows[i]) && text_equal(rows[i].told.name, name))
            return &rows[i];
    return NULL;
}

enum { NAME_MOST = 40, NEAR = 3 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's: letters to add, take away or change to make one of the other. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MOST + 1], width = strlen(b);
    if (width > NAME_MOST || strlen(a) > NAME_MOST)
        return NAME_MOST;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; *a; a++, i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t changed = corner + (*a != b[j - 1]);
            corner = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[width];
}

/* NULL when none is near. */
static const char *nearest_name(const char *name)
{
    const char *best = NULL;
    size_t shortest = least(NEAR, strlen(name) / 2) + 1;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t far = is_group(&rows[i]) ? NAME_MOST : distance(name, rows[i].told.name);
        if (far < shortest) {
            shortest = far;
            best = rows[i].told.name;
        }
    }
    return best;
}

static bool refuse_name(const char *name, struct error *err)
{
    const char *nearest = nearest_name(name);
    return error_set(err, ERROR_INVALID, "there is no setting named \"%s\"%s%s%s", name,
                     nearest ? "; do you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* ---- Setting ---- */

static bool is_path(enum config_kind kind)
{
    return kind == CONFIG_FILE || kind == CONFIG_SECRET || kind == CONFIG_FOLDER;
}

/* "credential:NAME" is that file of the service's credentials; "credential:" is their folder. */
static bool find_credential(struct arena *arena, const char *setting, const char *value,
                            const char **out, struct error *err)
{
    const char *name = value + strlen(CONFIG_CREDENTIAL);
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (strchr(name, '/') || *name == '.')
        return error_set(err, ERROR_INVALID, "%s is \"%s\": a credential's name has no / or dots",
                         setting, value);
    if (!folder || *folder != '/')
        return error_set(err, ERROR_INVALID,
                         "%s is \"%s\", but there are no credentials: they come with a service "
                         "that has LoadCredential=",
                         setting, value);
    *out = *name ? arena_printf(arena, "%s/%s", folder, name) : folder;
    return true;
}

bool config_set(struct config *config, struct arena *arena, const char *name, const char *value,
                struct error *err)
{
    const struct row *row = find_row(name);
    if (!row)
        return refuse_name(name, err);
    if (is_path(row->told.kind) && text_starts_with(value, CONFIG_CREDENTIAL) &&
        !find_credential(arena, name, value, &value, err))
        return false;
    return set(config, row, arena_text(arena, value), err);
}

static void write_value(struct buf *buf, const struct config *config, const struct row *row)
{
    const void *place = (const char *)config + row->offset;
    if (row->told.kind == CONFIG_SWITCH)
        buf_printf(buf, "%s", *(const bool *)place ? "yes" : "no");
    else if (row->told.kind == CONFIG_NUMBER)
        buf_printf(buf, "%lld", (long long)*(const int64_t *)place);
    else
        buf_printf(buf, "%s", *(const char *const *)place);
}

const char *config_value(struct arena *arena, const struct config *config, const char *name)
{
    const struct row *row = find_row(name);
    assert(row);
    struct buf buf;
    buf_init(&buf, arena);
    write_value(&buf, config, row);
    return buf_text(&buf);
}

const char *config_digest(struct arena *arena, const struct config *config)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (is_group(&rows[i]))
            continue;
        buf_printf(&buf, "%s=", rows[i].told.name);
        write_value(&buf, config, &rows[i]);
        buf_add_byte(&buf, '\0'); /* no text holds one */
    }
    return crypto_sha256_hex(arena, buf_bytes(&buf));
}

/* ---- Files ---- */

bool config_line(struct arena *arena, char *line, const char **name, const char **value,
                 struct error *err)
{
    line[strcspn(line, "#")] = '\0';
    char *equals = strchr(line, '=');
    const char *said = text_trim(arena, line);
    if (!equals && *said)
        return error_set(err, ERROR_INVALID, "a line without '='");
    *name = NULL;
    if (equals) {
        *equals = '\0';
        *name = text_trim(arena, line);
        *value = text_trim(arena, equals + 1);
    }
    return true;
}

static bool read_line(struct config *config, struct arena *arena, char *line, struct error *err)
{
    const char *name, *value;
    return config_line(arena, line, &name, &value, err) &&
           (!name || config_set(config, arena, name, value, err));
}

bool config_read(struct config *config, struct arena *arena, struct bytes file,
                 const char *file_name, struct error *err)
{
    if (!text_is_utf8(file) || (file.size && memchr(file.data, 0, file.size)))
        return error_at(err, ERROR_INVALID, file_name, 0, "not UTF-8 text");
    char *text = arena_text_of(arena, file);
    int number = 1;
    for (char *line = text; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        struct error why;
        if (!read_line(config, arena, line, &why))
            return error_at(err, why.code, file_name, number, "%s", why.text);
        line = end ? end + 1 : NULL;
    }
    return true;
}
