/* open_manifest.h - what a document package says of itself: manifest.xml (sdp-manifest.xsd), a link
 * beside the letter (lenke.xsd), and the list of files in META-INF/manifest.xml. Each is held
 * against the files that are there. Reads with code of its own, not the writer's. */
#pragma once

#include "engine/open/open_xades.h"

/* Who and whose, to be held against the SBD; "" where it is not said. */
struct open_parties {
    const char *agency, *agency_unit, *mailbox;
};

/* Tells documents, titles, kinds and sizes, and everything that is wrong: what the schema forbids,
 * files that are missing or that nobody names, kinds of file that mailboxes do not take, and kinds
 * that the signature says otherwise. */
void open_manifest_check(struct open_report *report, const struct open_zip *zip,
                         const struct open_signature *signature, struct open_parties *out);

/* META-INF/manifest.xml: not signed, and forbidden by the profile's prose, but written by Digdir's
 * client. Only its disagreements are told. */
void open_list_check(struct open_report *report, const struct open_zip *zip);

/* A file of the type application/vnd.difi.dpi.lenke+xml. */
void open_link_check(struct open_report *report, const struct open_entry *file);
