/* sandbox_registers.h - stand-ins for the registers that forms are filled in from, at the mailbox's
 * address: contact details (/register/krr, as protocols for Kontakt- og reservasjonsregisteret's
 * REST v2 say), addresses (/register/befolkning) and organisations (/register/enheter). Each wants
 * the bearer token SANDBOX_REGISTERS_TOKEN, but the first: an access token of the sandbox's
 * Maskinporten with the scope krr:global/kontaktinformasjon.read, for e-mail and phone, or
 * krr:global/digitalpost.read, for whose mailbox (401 without, 403 without either scope).
 *
 * POST /control/register with register=krr|befolkning|enheter and mode: "normal", "nothing" (knows
 * nobody), "down" (closes the connection), "slow" (answers after 4 seconds), "garbage", "refuse"
 * (401); and answers=N: back to normal after so many answers, 0 or none: until told otherwise. */
#pragma once

#include "engine/http/response.h"

#define SANDBOX_REGISTERS_TOKEN "sandkasse"
#define SANDBOX_REGISTERS_PATH "/register/"

enum sandbox_register { SANDBOX_KRR, SANDBOX_POPULATION, SANDBOX_ORGANISATIONS };
enum { SANDBOX_REGISTERS = SANDBOX_ORGANISATIONS + 1 };

/* How one behaves; part of struct sandbox_world. */
struct sandbox_register_mode {
    int mode; /* sandbox_registers.c's */
    int left; /* answers until it is normal again; 0: no end */
};

/* Handlers; context is the struct sandbox_world, whose lock is held. */
void sandbox_registers_contact(void *context, struct request *request, struct response *response);
void sandbox_registers_person(void *context, struct request *request, struct response *response);
void sandbox_registers_unit(void *context, struct request *request, struct response *response);
void sandbox_registers_control(void *context, struct request *request, struct response *response);
