/* sandbox_idporten.h - a stand-in for ID-porten, at the mailbox's address under /idporten
 * (ID-porten dossier; OpenID Connect Core 1.0, RFC 6749, 7636, 9126, 9207):
 *
 *   GET  /idporten/.well-known/openid-configuration, /idporten/jwk      sandbox_idporten_keys
 *   GET  /idporten/authorize, POST /idporten/par                        sandbox_idporten_asked
 *   GET  and POST /idporten/velg/:id  the page of test people           sandbox_idporten_choose
 *   POST /idporten/token, GET /idporten/userinfo                        sandbox_idporten_token
 *   GET  and POST /idporten/endsession                                  sandbox_idporten_logout
 *
 * It refuses what the real one would refuse, and where that is not known, what the standards let it
 * refuse. Two clients are registered: the program's, which signs with the key that lies in the
 * folder, and another service's, which has a secret; with the latter tests log in and out from
 * elsewhere. Who is logged in, and what was asked for, is in memory only. */
#pragma once

#include "engine/base/crypto.h"
#include "engine/http/response.h"
#include "engine/sandbox/sandbox_idporten_fault.h"

#define SANDBOX_IDPORTEN_PATH "/idporten"
#define SANDBOX_IDPORTEN_FOLDER "idporten" /* of the sandbox's folder */
#define SANDBOX_IDPORTEN_KEY_FILE SANDBOX_IDPORTEN_FOLDER "/client.key.pem"

/* The program's registration: private_key_jwt. */
#define SANDBOX_IDPORTEN_CLIENT "sandkasse-innlogging"
#define SANDBOX_IDPORTEN_KID "sandkasse-innlogging-1"

/* The other service's: client_secret_post. Its addresses lie under /annen-tjeneste of any site on
 * this machine: tilbake, logg-ut (front channel), ute (after logout). */
#define SANDBOX_IDPORTEN_OTHER_CLIENT "sandkasse-annen-tjeneste"
#define SANDBOX_IDPORTEN_OTHER_SECRET "bare-i-sandkassen-0123456789abcdef"

enum sandbox_idporten_level { /* in order */
                              SANDBOX_IDPORTEN_LOW,
                              SANDBOX_IDPORTEN_SUBSTANTIAL,
                              SANDBOX_IDPORTEN_HIGH,
};

enum {
    SANDBOX_IDPORTEN_CODE_S = 60,
    SANDBOX_IDPORTEN_PUSHED_S = 120,
    SANDBOX_IDPORTEN_PAGE_S = 1800, /* to choose who one is */
    SANDBOX_IDPORTEN_TOKEN_S = 120,
    SANDBOX_IDPORTEN_IDLE_S = 1800, /* an SSO session, between authorization requests */
    SANDBOX_IDPORTEN_ABSOLUTE_S = 7200,

    SANDBOX_IDPORTEN_KEYS = 4,
    SANDBOX_IDPORTEN_KEPT = 256, /* of each kind: the oldest goes when there is no more room */
    SANDBOX_IDPORTEN_SERVICES = 4,
};

struct sandbox_world;
struct sandbox_idporten_client;

struct sandbox_idporten_key {
    struct crypto_key *key, *certificate;
    char kid[48];
};

/* An authorization request that was found good. */
struct sandbox_idporten_asked {
    char id[48]; /* "": free. Of a pushed one what its request_uri ends with */
    int64_t until;
    bool is_pushed; /* not yet at the page */
    const struct sandbox_idporten_client *client;
    char redirect_uri[256], site[128]; /* site: what the address begins with */
    char state[512], nonce[256], challenge[48], scope[64];
    char language[4];
    enum sandbox_idporten_level level;
    bool form_post, prompt_login, prompt_none;
    int64_t max_age; /* -1: any */
};

/* Somebody who is logged in in one browser, and where. Times are those of sandbox_idporten_now. */
struct sandbox_idporten_session {
    char sid[48]; /* "": free */
    struct crypto_sha256 cookie;
    char pid[12];
    enum sandbox_idporten_level level;
    int64_t auth_time, started_at, seen_at;
    struct sandbox_idporten_service {
        const struct sandbox_idporten_client *client;
        char site[128]; /* "http://localhost:8080" */
    } services[SANDBOX_IDPORTEN_SERVICES];
    size_t service_count;
};

/* A code, and after it the access token it was changed for. */
struct sandbox_idporten_grant {
    struct crypto_sha256 code, token;
    int64_t until;
    bool is_used, is_kept; /* kept: there is one here */
    struct sandbox_idporten_asked asked;
    char sid[48], pid[12];
    enum sandbox_idporten_level level;
    int64_t auth_time;
};

/* Part of struct sandbox_world; {0} at first. */
struct sandbox_idporten {
    const char *site;              /* registered besides every one on this machine, or "" */
    struct crypto_key *client_key; /* the program's */
    struct crypto_sha256 pairwise; /* what subjects are made with */
    struct sandbox_idporten_key keys[SANDBOX_IDPORTEN_KEYS]; /* newest first */
    size_t key_count;
    struct sandbox_idporten_asked asked[SANDBOX_IDPORTEN_KEPT];
    struct sandbox_idporten_session sessions[SANDBOX_IDPORTEN_KEPT];
    struct sandbox_idporten_grant grants[SANDBOX_IDPORTEN_KEPT];
    struct crypto_sha256 used[SANDBOX_IDPORTEN_KEPT]; /* assertions, by client and jti */
    size_t next_asked, next_session, next_grant, next_used;
    int faults[SANDBOX_IDPORTEN_FAULT_COUNT]; /* how many times yet */
    int64_t advanced_s;                       /* POST /control/advance */
};

/* Makes the folder and the client's key in it when they are missing, and reads them. */
CHECKED bool sandbox_idporten_open(struct sandbox_world *world, const char *folder,
                                   const char *site, struct error *err);
void sandbox_idporten_finish(struct sandbox_idporten *idporten);

/* "http://127.0.0.1:8081/idporten" */
char *sandbox_idporten_issuer_of(const struct sandbox_world *world, struct arena *arena);

/* What the time is for sessions: it is later when it was told to be (POST /control/advance). What
 * is written into tokens is the clock's. */
int64_t sandbox_idporten_now(const struct sandbox_world *world);

/* "idporten-loa-high"; and back: false when it is none. */
const char *sandbox_idporten_level_name(enum sandbox_idporten_level level);
CHECKED bool sandbox_idporten_level_parse(const char *name, enum sandbox_idporten_level *out);

/* Answers every request below SANDBOX_IDPORTEN_PATH; the world's lock is held. */
void sandbox_idporten_handle(struct sandbox_world *world, struct request *request,
                             struct response *response);
