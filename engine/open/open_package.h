/* open_package.h - a document package (ASiC-E): its frame, and through it signature, manifest and
 * files. */
#pragma once

#include "engine/open/open_manifest.h"

void open_package(struct open_report *report, const struct open_rules *rules, struct bytes file,
                  struct open_parties *out);
