/* static_table.h - what static.cmake makes and static.c looks in. */
#pragma once

#include "render/static.h"

extern const struct static_file static_table[];
extern const size_t static_table_count;
