#include "engine/intake_head.h"

#include <string.h>

enum { MOST_SEGMENTS = 1000 };

/* The next size bytes from at; *there is false when the content ends before. */
static bool read_at(const struct content *content, int64_t at, unsigned char *to, size_t size,
                    bool *there, struct error *err)
{
    *there = at >= 0 && at <= content->size_bytes - (int64_t)size;
    return !*there || content_read(content, at, to, size, err);
}

static uint32_t number(const unsigned char *at, size_t size)
{
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

/* Bit depths that each colour type may have (table 11.1), as bits. */
static bool is_png_sample(unsigned char depth, unsigned char colour)
{
    static const uint32_t depths[] = {
        [0] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 16,
        [2] = 1 << 8 | 1 << 16,
        [3] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8,
        [4] = 1 << 8 | 1 << 16,
        [6] = 1 << 8 | 1 << 16,
    };
    return colour < COUNT(depths) && depth <= 16 && (depths[colour] >> depth & 1);
}

bool intake_png_pixels(const struct content *content, uint64_t *pixels, struct error *err)
{
    static const unsigned char start[] = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR";
    enum { START = sizeof start - 1, HEAD = START + 13 };
    unsigned char head[HEAD];
    bool there;
    *pixels = 0;
    if (!read_at(content, 0, head, HEAD, &there, err))
        return false;
    if (there && memcmp(head, start, START) == 0 && is_png_sample(head[START + 8], head[START + 9]))
        *pixels = (uint64_t)number(head + START, 4) * number(head + START + 4, 4);
    return true;
}

/* SOF0 to SOF15, without what else lies among their codes: DHT, JPG, DAC. */
static bool is_frame(unsigned char marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Segments that may come before the frame: tables, application data, comments, restarts. */
static bool may_come_before(unsigned char marker)
{
    return marker == 0xC4 || marker == 0xCC || marker == 0xDB || marker == 0xDD ||
           (marker >= 0xE0 && marker <= 0xEF) || marker == 0xFE;
}

static bool frame_pixels(const struct content *content, int64_t at, uint64_t *pixels,
                         struct error *err)
{
    unsigned char frame[8]; /* length, precision, height, width, components */
    bool there;
    if (!read_at(content, at, frame, sizeof frame, &there, err))
        return false;
    if (there && frame[7] >= 1 && frame[7] <= 4 && number(frame, 2) == 8 + 3u * frame[7])
        *pixels = (uint64_t)number(frame + 3, 2) * number(frame + 5, 2);
    return true;
}

bool intake_jpeg_pixels(const struct content *content, uint64_t *pixels, struct error *err)
{
    unsigned char head[4];
    bool there;
    *pixels = 0;
    if (!read_at(content, 0, head, 3, &there, err))
        return false;
    if (!there || memcmp(head, "\xFF\xD8\xFF", 3) != 0)
        return true;
    int64_t at = 2;
    for (int i = 0; i < MOST_SEGMENTS; i++) {
        if (!read_at(content, at, head, sizeof head, &there, err))
            return false;
        if (!there || head[0] != 0xFF)
            return true;
        if (head[1] == 0xFF) { /* filled */
            at++;
            continue;
        }
        if (is_frame(head[1]))
            return frame_pixels(content, at + 2, pixels, err);
        if (!may_come_before(head[1]) || number(head + 2, 2) < 2)
            return true;
        at += 2 + (int64_t)number(head + 2, 2);
    }
    return true;
}

bool intake_is_heic(const struct content *content, bool *is, struct error *err)
{
    static const char brands[][5] = {"heic", "heix", "heim", "heis", "hevc",
                                     "hevx", "mif1", "msf1", "avif"};
    unsigned char head[12];
    bool there;
    *is = false;
    if (!read_at(content, 0, head, sizeof head, &there, err))
        return false;
    if (there && memcmp(head + 4, "ftyp", 4) == 0)
        for (size_t i = 0; i < COUNT(brands); i++)
            *is = *is || memcmp(head + 8, brands[i], 4) == 0;
    return true;
}
