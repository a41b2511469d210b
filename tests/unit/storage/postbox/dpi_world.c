#include "tests/unit/storage/postbox/dpi_world.h"

#include "engine/base/codec.h"
#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "storage/postbox/maskinporten.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/base/openssl.h"

#define NEW_RSA "-newkey rsa:2048 -nodes -sha256 -days 3650"

static const struct {
    const char *name, *subject, *signer;
} parties[DPI_PARTIES] = {
    [DPI_PARTY_AGENCY] = {"agency", "/O=Fjordvik/organizationIdentifier=NTRNO-" DPI_AGENCY, "root"},
    [DPI_PARTY_EBOKS] = {"eboks", "/O=e-Boks/serialNumber=" DPI_EBOKS, "root"},
    [DPI_PARTY_OTHER] = {"other", "/O=Nordlys/organizationIdentifier=NTRNO-" DPI_OTHER, "root"},
    [DPI_PARTY_STRANGER] = {"stranger", "/O=e-Boks/serialNumber=" DPI_EBOKS, NULL},
};

static void certify(struct dpi_world *world, const char *name, const char *subject,
                    const char *signer)
{
    const char *by =
        signer ? arena_printf(world->arena, "-CA %s.pem -CAkey %s.key", signer, signer) : "";
    openssl_run(world->arena, world->folder,
                arena_printf(world->arena,
                             "req -x509 " NEW_RSA " -keyout %s.key -out %s.pem -subj '%s' %s", name,
                             name, subject, by));
}

static void make_certificates(struct dpi_world *world)
{
    certify(world, "root", "/O=TEST ONLY root", NULL);
    struct bytes root = openssl_file(world->arena, world->folder, "root.pem");
    for (int i = 0; i < DPI_PARTIES; i++) {
        certify(world, parties[i].name, parties[i].subject, parties[i].signer);
        world->key_pem[i] = openssl_file(world->arena, world->folder,
                                         arena_printf(world->arena, "%s.key", parties[i].name));
        struct bytes own = openssl_file(world->arena, world->folder,
                                        arena_printf(world->arena, "%s.pem", parties[i].name));
        world->chain_pem[i] =
            BYTES_OF(arena_printf(world->arena, "%.*s%.*s", (int)own.size, (const char *)own.data,
                                  (int)root.size, (const char *)root.data));
    }
    world->trust = x509_trust_open();
    assert_true(x509_trust_add(world->trust, root, "root", NULL));
}

void dpi_world_open(struct dpi_world *world)
{
    *world = (struct dpi_world){.arena = arena_open()};
    world->folder = folder_make(world->arena);
    fetch_start();
    make_certificates(world);
    world->postman = postman_open();
    const char *url = postman_url(world->postman);
    const struct maskinporten_settings machine = {
        .url = arena_printf(world->arena, "%s/", url),
        .client_id = "client",
        .private_key_pem = world->key_pem[DPI_PARTY_AGENCY],
        .kid = "key",
        .allow_private = true,
        .timeout_ms = 5000,
    };
    assert_true(maskinporten_open(&machine, &world->maskinporten, NULL));
    world->krr = (struct register_settings){.base_url = arena_printf(world->arena, "%s/krr", url),
                                            .bearer_token = "krr",
                                            .allow_private = true,
                                            .timeout_ms = 5000};
    dpi_world_reset(world);
}

void dpi_world_close(struct dpi_world *world)
{
    maskinporten_close(&world->maskinporten);
    postman_close(&world->postman);
    x509_trust_close(&world->trust);
    folder_remove(world->folder);
    arena_close(&world->arena);
}

const char *dpi_world_person(struct dpi_world *world, enum dpi_party whose_certificate)
{
    struct bytes pem = world->chain_pem[whose_certificate];
    struct x509_certificate *chain;
    size_t count;
    assert_true(x509_read_pem(world->arena, pem, "mailbox", &chain, &count, NULL));
    return arena_printf(
        world->arena,
        "{\"personer\":[{\"personidentifikator\":\"" DPI_LISE "\",\"reservasjon\":\"NEI\","
        "\"status\":\"AKTIV\",\"varslingsstatus\":\"KAN_VARSLES\",\"kontaktinformasjon\":{},"
        "\"digital_post\":{\"postkasseadresse\":\"" DPI_MAILBOX
        "\",\"postkasseleverandoeradresse\":\"" DPI_EBOKS "\"},\"sertifikat\":\"%s\"}]}",
        codec_base64(world->arena, chain[0].der));
}

void dpi_world_says(struct dpi_world *world, const char *target, int status, const char *headers,
                    const char *body)
{
    postman_says(world->postman, (struct postman_answer){target, status, body, headers, FLAW_NONE});
}

void dpi_world_reset(struct dpi_world *world)
{
    static const char token[] =
        "{\"access_token\":\"token-%d\",\"token_type\":\"Bearer\",\"expires_in\":120}";
    postman_forget(world->postman);
    for (int i = 1; i <= 3; i++) {
        maskinporten_forget(world->maskinporten, arena_printf(world->arena, "token-%d", i));
        dpi_world_says(world, "POST /token", 200, DPI_JSON, arena_printf(world->arena, token, i));
    }
    dpi_world_says(world, "POST /krr/rest/v2/personer", 200, DPI_JSON,
                   dpi_world_person(world, DPI_PARTY_EBOKS));
    world->settings = (struct dpi_settings){
        .base_url = arena_printf(world->arena, "%s/dpi/", postman_url(world->postman)),
        .allow_private = true,
        .channel = "skjema-1",
        .agency = DPI_AGENCY,
        .private_key_pem = world->key_pem[DPI_PARTY_AGENCY],
        .chain_pem = world->chain_pem[DPI_PARTY_AGENCY],
        .mailbox_trust = world->trust,
        .maskinporten = world->maskinporten,
        .krr = &world->krr,
        .timeout_ms = 5000,
    };
}

struct dpi *dpi_world_client(struct dpi_world *world)
{
    struct dpi *dpi = NULL;
    struct error err = {0};
    if (!dpi_open(&world->settings, &dpi, &err))
        fail_msg("%s", err.text);
    return dpi;
}

struct bytes dpi_world_request(struct dpi_world *world, const char *target, size_t i)
{
    for (size_t at = 0; at < postman_total(world->postman); at++) {
        struct bytes request = postman_request(world->postman, at);
        bool fits = memmem(request.data, request.size, target, strlen(target)) == request.data;
        if (fits && i-- == 0)
            return request;
    }
    fail_msg("no such request: %s", target);
    return (struct bytes){0};
}
