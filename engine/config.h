/* config.h - every setting of the program: name, default, unit and range in one table. A setting
 * comes from its default, then the configuration file, then the command line. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct config {
    /* the site */
    const char *listen_address;
    int64_t listen_port;
    const char *hosts; /* what Host may be, comma between; "" : address:port and localhost */
    const char *trusted_proxies; /* whose X-Forwarded-For is believed (proxies.h) */
    const char *public_url;      /* how citizens reach it; "": http://address:port */
    int64_t worker_threads;
    int64_t queue_length;
    int64_t connections;
    int64_t connections_per_client;

    /* the page of who runs it (pages/operate.h) */
    const char *operate_address; /* "": there is none */
    int64_t operate_port;
    const char *operate_hosts;    /* as hosts */
    const char *operate_password; /* file: what must be said there; "" on loopback only */

    /* what it keeps and serves */
    const char *data;    /* folder: database, keys, sandbox */
    const char *keys;    /* folder: master keys; "": keys in data */
    const char *forms;   /* folder with one folder a form */
    const char *issuers; /* file: organisations whose documents we know by name, or "" */

    /* the log of who did what */
    const char *audit_heads; /* where its head goes: "", "syslog" or a file (witness.h) */

    /* who runs it */
    const char *agency_name;
    const char *agency_number; /* organisation number */
    const char *agency_kind;   /* "state" or "municipal" */
    const char *agency_address;
    const char *agency_phone;
    const char *agency_email;
    const char *agency_look; /* folder: logo, colour, statements (look.h); "": none */

    /* limits */
    int64_t file_bytes;
    int64_t draft_files;
    int64_t draft_bytes;
    int64_t postbox_bytes; /* what one letter may hold, so no application may have more */
    int64_t citizen_bytes;
    int64_t staging_bytes;
    int64_t logins_a_minute; /* of one address; these: limits.h */
    int64_t logouts_a_minute;
    int64_t detours_a_minute;
    int64_t drafts_an_hour; /* of one person, and those below */
    int64_t uploads_an_hour;
    int64_t submits_an_hour;
    int64_t consents_an_hour;
    int64_t exports_an_hour;
    int64_t draft_days;
    int64_t later_days;
    int64_t repeat_rows;
    int64_t request_cpu_ms;
    int64_t session_idle_s;
    int64_t session_absolute_s;

    /* whose signature stands on receipts (receipt_signature.h) */
    const char *receipt_key;         /* file: private key, PEM; "": the one for DPI */
    const char *receipt_certificate; /* file: chain of certificates, PEM */

    /* the virus check (checking.h) */
    const char *clamd;        /* socket's path or host:port */
    const char *clamd_policy; /* off, when-available, required */

    /* the postbox */
    const char *channels; /* in order of preference, space between; "": the usual */
    const char *digipost_url;
    const char *digipost_content_url;
    const char *digipost_broker;
    const char *digipost_sender;
    const char *digipost_key; /* file: private key, PEM */
    const char *digipost_ca;  /* file: own CA bundle, or "" */
    const char
        *digipost_fingerprint; /* SHA-256 of the answers' certificate, hex; "": the entry point's */
    const char *mailbox_url;   /* where citizens open their postbox */
    /* Digital post to any mailbox, through an access point (corner 2) */
    const char *dpi_url;
    const char *dpi_key;         /* file: private key of who signs, PEM */
    const char *dpi_certificate; /* file: the business certificate and those above it, PEM */
    const char *dpi_trust;       /* file or folder: issuers of business certificates, PEM */
    const char *dpi_channel;     /* kanal */
    const char *dpi_sender;      /* organisation number of a data processor, or "" */
    const char *dpi_sender_unit; /* avsenderidentifikator, or "" */
    const char *dpi_mailboxes;   /* organisation numbers that may sign receipts */
    const char *dpi_ca;          /* file: own CA bundle, or "" */
    int64_t dpi_poll_s;

    int64_t share_s; /* how long sharing lasts unless a form says otherwise */
    int64_t poll_ms; /* between looks for events */
    int64_t outbound_rest_ms;
    int64_t outbound_timeout_ms;
    int64_t lease_s;

    /* registers that forms are filled in from; an empty address: not asked */
    const char *krr_url;
    const char *krr_token; /* file: bearer token, without maskinporten_client */
    const char *population_url;
    const char *population_token;
    const char *organisations_url;
    const char *organisations_token;
    const char *registers_ca; /* file: own CA bundle for them, or "" */
    int64_t register_timeout_ms;

    /* how people log in: a client of ID-porten, or of another OpenID provider (login/idporten.h) */
    const char *idporten_issuer; /* "https://idporten.no"; "": nobody can, but by the sandbox's */
    const char *idporten_client; /* client_id */
    const char *idporten_key;    /* file: private key, PEM */
    const char *idporten_kid;    /* the registered key's name */
    const char *idporten_secret; /* file: instead of a key; "": the key */
    const char *idporten_ca;     /* file: own CA bundle, or "" */
    const char *idporten_scope;  /* words with a space between */
    const char *idporten_pid_claim; /* where the identity number is */
    bool idporten_legacy_levels;    /* Level3 and Level4 are taken too */
    int64_t idporten_timeout_ms;    /* of each call to it, while a person waits */
    const char *idporten_hosts;     /* where its endpoints may be besides, comma between */

    /* access tokens for what we call: a client of Maskinporten */
    const char *maskinporten_url;
    const char *maskinporten_client;      /* "": there is none */
    const char *maskinporten_key;         /* file: private key, PEM */
    const char *maskinporten_kid;         /* the registered key's name; "": by certificate */
    const char *maskinporten_certificate; /* file: chain of certificates, PEM */
    const char *maskinporten_ca;          /* file: own CA bundle, or "" */

    /* the API for machines; Maskinporten says who they are */
    const char *machine_issuer;   /* "https://maskinporten.no/"; "": the API is not offered */
    const char *machine_jwks_url; /* "": the issuer's address with "jwk" after it */
    const char *machine_ca;       /* file: own CA bundle, or "" */
    const char *machine_audience; /* what tokens must be for; "": public_url */
    const char *machine_scope_read;
    const char *machine_scope_write;
    int64_t evidence_an_hour; /* requests of one agency */
    int64_t evidence_pending; /* unanswered ones of one agency about one person */
    int64_t evidence_answer_days;
    int64_t evidence_read_days;
    int64_t evidence_keep_days;

    /* the process (confine.h) */
    const char *user;    /* who it becomes when root starts it */
    const char *confine; /* on, log, off */

    /* development: stand-ins for the outside, loopback only */
    bool sandbox;
    bool develop; /* forms may change while they are served */
    int64_t sandbox_api_port;
    int64_t sandbox_mailbox_port;
    bool sandbox_apart; /* it is a process of its own, on those ports */
};

/* What a value is, and so what `skjema config check` looks at (config_check.h). */
enum config_kind {
    CONFIG_TEXT,
    CONFIG_NUMBER,
    CONFIG_SWITCH,
    CONFIG_CHOICE,
    CONFIG_FILE,   /* a file, or a folder of such, that is there */
    CONFIG_SECRET, /* a file that nobody else may read */
    CONFIG_FOLDER,
    CONFIG_URL, /* https, or http on loopback */
};

/* A path may be "credential:NAME": that file of $CREDENTIALS_DIRECTORY, where a service's
 * LoadCredential= puts it (S-SEC-1); "credential:" is the folder itself. */
#define CONFIG_CREDENTIAL "credential:"

/* One row of the table, for --help, the manual and `skjema config print`. */
struct config_setting {
    const char *name, *unit, *meaning;
    const char *fallback; /* the default, as text */
    enum config_kind kind;
    int64_t least, most; /* of numbers; 0, 0: a text */
    const char *choices; /* of a choice: words, spaces between; "": any */
    const char *group;   /* "Limits" */
};
const struct config_setting *config_settings(size_t *count);

/* What it means, its range and unit: "port the site listens on (0 to 65535 port)". In the arena. */
const char *config_meaning(struct arena *arena, const struct config_setting *setting);

enum { CONFIG_FILE_BYTES = 64 * 1024 }; /* a larger file is not one of settings */

/* Defaults. Texts point to static memory. */
void config_init(struct config *config);

/* Sets one by its name; the text is copied. ERROR_INVALID names the setting, what was given and
 * what it may be; for a name that is none, the nearest that is. */
CHECKED bool config_set(struct config *config, struct arena *arena, const char *name,
                        const char *value, struct error *err);

/* SHA-256, hex, in the arena, of every setting with its value: another one when any has changed. No
 * secret is in it, since those lie in files that settings name. */
const char *config_digest(struct arena *arena, const struct config *config);

/* The value as it is written in a file; the name must be a setting's. In the arena. */
const char *config_value(struct arena *arena, const struct config *config, const char *name);

/* One line of a file, which is changed: *name is NULL when it says nothing. */
CHECKED bool config_line(struct arena *arena, char *line, const char **name, const char **value,
                         struct error *err);

/* Reads `name = value` lines; '#' begins a comment; a line that is wrong is named by number. */
CHECKED bool config_read(struct config *config, struct arena *arena, struct bytes file,
                         const char *file_name, struct error *err);
