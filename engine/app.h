/* app.h - what a running server owns; the order of start and stop. */
#pragma once

#include "engine/catalogue.h"
#include "engine/channel_table.h"
#include "engine/config.h"
#include "engine/deliver_prefill.h"
#include "engine/http/router.h"
#include "engine/issuers.h"
#include "engine/screening.h"
#include "render/frame.h"
#include "storage/db.h"
#include "storage/sessions.h"

struct breaker;
struct checking;
struct deliver;
struct machines;
struct maskinporten;
struct metrics;
struct operate;
struct idporten;
struct keyring;
struct limits;
struct look_now;
struct receipt_signature;
struct reconcile;
struct sandbox;
struct server;
struct tell;
struct upkeep;
struct versions;

struct app {
    struct arena *arena;         /* lives as long as the app */
    const struct config *config; /* the caller's */
    struct issuers issuers;
    int issuers_renewed; /* how often (reload.h) */
    struct catalogue *forms;
    struct versions *versions; /* of those forms, old ones too */
    struct keyring *keys;      /* the master keys */
    struct db_pool *db;
    struct receipt_signature *signature; /* on what people are given; NULL: nothing is signed */
    struct sandbox *sandbox;             /* NULL without --sandbox */
    struct channel_table channels;       /* which ways letters go */
    struct maskinporten *maskinporten;   /* gives access tokens for registers; NULL: nobody does */
    struct deliver_registers registers;  /* that are asked for what is known already */
    struct idporten *idporten;           /* how people log in; NULL: nobody can */
    struct breaker *names;               /* before the register of what people are called */
    struct machines *machines;           /* who may use the API; NULL: there is none */
    struct spools *spools;               /* documents on their way in */
    struct checking *checking;
    struct screening screening; /* of documents of the agency's */
    struct deliver *deliver;
    struct reconcile *reconcile;
    struct upkeep *upkeep;
    struct tell *tell;       /* citizens, of what other agencies ask for */
    struct limits *limits;   /* how often somebody may do what costs most */
    struct metrics *metrics; /* what the site counts */
    struct router router;
    struct server *site;
    struct operate *operate; /* the operator's page; NULL: there is none */
    const char *origin;      /* "http://127.0.0.1:8080" */
    const char *mailbox_url; /* where a citizen opens the postbox */
    struct frame_agency agency;
    struct look_now *look; /* the agency's own files */
    struct sessions_rules session_rules;
};

/* Starts everything: forms, database, sandbox, deliveries, and last the site. What fails is in *err
 * with one clear line, and nothing is left running. */
CHECKED bool app_open(const struct config *config, struct app **out, struct error *err);

/* Stops in the order that loses nothing: takes no more requests, finishes those that run, then the
 * deliveries, then the database (security.md D-13). NULL is taken. */
void app_close(struct app **app);
