/* stamp.h - whether what lies in a folder has changed, without reading it: for forms that are
 * served while their author writes them. */
#pragma once

#include "engine/base/base.h"

/* A number of the files in it, but not those in folders below: another one as soon as one is
 * written, replaced, added or taken away (name, size, inode, times to the nanosecond). 0: no folder
 * that can be read. */
uint64_t stamp_folder(const char *path);
