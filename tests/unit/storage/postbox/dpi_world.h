/* dpi_world.h - a client of Digital post in a world of its own: a root that certificates lead up
 * to, the agency's and a mailbox's, and a postman who answers as Maskinporten, as the contact
 * register and as the access point. */
#pragma once

#include "storage/postbox/dpi.h"
#include "storage/registers/register.h"
#include "tests/unit/storage/postbox/postman.h"

#define DPI_AGENCY "310245682"
#define DPI_EBOKS "922020175"
#define DPI_OTHER "314400801"
#define DPI_LISE "02879110001" /* synthetic: month + 80 */
#define DPI_MAILBOX "29871234567"
#define DPI_JSON "Content-Type: application/json\r\n"
#define DPI_PROBLEM "Content-Type: application/problem+json\r\n"

/* Whose certificates there are. */
enum dpi_party { DPI_PARTY_AGENCY, DPI_PARTY_EBOKS, DPI_PARTY_OTHER, DPI_PARTY_STRANGER };
enum { DPI_PARTIES = DPI_PARTY_STRANGER + 1 }; /* the stranger's leads up to no root */

struct dpi_world {
    struct arena *arena;
    char *folder;
    struct postman *postman;
    struct maskinporten *maskinporten;
    struct register_settings krr;
    struct bytes key_pem[DPI_PARTIES], chain_pem[DPI_PARTIES];
    struct x509_trust *trust;
    struct dpi_settings settings; /* that work; changed by tests before dpi_open */
};

void dpi_world_open(struct dpi_world *world);
void dpi_world_close(struct dpi_world *world);

/* Nothing was asked yet, and the postman gives tokens ("token-1", then "token-2", living so many
 * seconds), an e-Boks mailbox for whoever is asked about, and nothing else. */
void dpi_world_reset(struct dpi_world *world);

struct dpi *dpi_world_client(struct dpi_world *world);

void dpi_world_says(struct dpi_world *world, const char *target, int status, const char *headers,
                    const char *body);

/* What the register answers about a person: with that mailbox, or none ("IKKE_REGISTRERT"). */
const char *dpi_world_person(struct dpi_world *world, enum dpi_party whose_certificate);

/* How many requests came for a target; the i-th that came for one, whole. */
struct bytes dpi_world_request(struct dpi_world *world, const char *target, size_t i);
