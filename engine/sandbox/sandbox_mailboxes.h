/* sandbox_mailboxes.h - Digipost and e-Boks behind corner 2 (corner 4): they open every package
 * that comes with the key that the register's certificate is for, hold it against every rule of the
 * profile with code of their own, and answer with receipts that they sign.
 *
 * A broken rule becomes `feil` KLIENT; its detaljer begins with the rule's name and a colon:
 *
 *   jws, certificate, signer            how the message is signed, and by whom (dpi.md, 3, 5)
 *   schema                              of the type (2)
 *   sender                              SBDH sender is the signer
 *   recipient                           postkasseadresse is somebody here
 *   visible-from                        more than a year ahead
 *   digest                              of the encrypted package
 *   cms, cms-recipient, cms-algorithm   the envelope (7)
 *   zip, zip-limit, zip-name, mimetype  the package (6)
 *   manifest, manifest-file, manifest-sender, manifest-recipient      (6.1)
 *   type, html, link                    what letters may be of (8, 9)
 *   xades, xades-algorithm, xades-cover, xades-digest, xades-properties, xades-certificate,
 *   xades-signer                        (6.2) */
#pragma once

#include "engine/sandbox/sandbox_world.h"

/* Everything that has come by now is opened and answered. Called before anybody looks. */
void sandbox_mailboxes_settle(struct sandbox_world *world);

/* The citizen opens a letter; once. Gives the opening receipt when it was asked for. ERROR_MISSING:
 * there is no letter of that number, or it is not visible yet. */
CHECKED bool sandbox_mailboxes_open(struct sandbox_world *world, int64_t number, struct error *err);

/* It lies in the mailbox for its owner to see. */
bool sandbox_mailboxes_shows(const struct sandbox_world *world,
                             const struct sandbox_post_message *message);
