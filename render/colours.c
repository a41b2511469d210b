#include "render/colours.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Each token as Designsystemet 1.22 made it from its own blue: how light it is (relative luminance)
 * and how much of the colour is in it (chroma in Oklab, as a part of the chroma of light's
 * base-default, which is the given colour itself). */
static const struct token {
    const char *name;
    struct {
        double luminance, chroma;
    } shade[2];
} tokens[] = {
    {"background-default", {{1.000, 0.00}, {0.009, 0.21}}},
    {"background-tinted", {{0.898, 0.06}, {0.014, 0.27}}},
    {"surface-default", {{1.000, 0.00}, {0.021, 0.33}}},
    {"surface-tinted", {{0.809, 0.14}, {0.027, 0.37}}},
    {"surface-hover", {{0.701, 0.22}, {0.036, 0.42}}},
    {"surface-active", {{0.591, 0.32}, {0.056, 0.51}}},
    {"border-subtle", {{0.500, 0.41}, {0.079, 0.59}}},
    {"border-default", {{0.189, 0.86}, {0.220, 0.55}}},
    {"border-strong", {{0.110, 0.96}, {0.388, 0.36}}},
    {"text-subtle", {{0.110, 0.96}, {0.388, 0.36}}},
    {"text-default", {{0.024, 0.54}, {0.841, 0.07}}},
    {"base-default", {{0.123, 1.00}, {0.263, 0.74}}},
    {"base-hover", {{0.078, 0.84}, {0.356, 0.59}}},
    {"base-active", {{0.046, 0.70}, {0.475, 0.44}}},
    {"base-contrast-subtle", {{0.799, 0.14}, {0.009, 0.18}}},
    {"base-contrast-default", {{1.000, 0.00}, {0.000, 0.00}}},
};

enum scheme { LIGHT, DARK, SCHEMES };
static const char *const scheme_names[SCHEMES] = {"light", "dark"};

struct scale {
    uint32_t colours[SCHEMES][COUNT(tokens)];
    int lines[SCHEMES][COUNT(tokens)]; /* where it was said */
    bool is_said;                      /* accent itself */
};

static const struct colours_ground grounds[] = {
    {"neutral-background-default", 0xFFFFFF, 0x17181A},
    {"neutral-background-tinted", 0xF3F3F4, 0x1E2022},
    {"neutral-surface-default", 0xFFFFFF, 0x26282B},
    {"neutral-surface-tinted", 0xE8E8E9, 0x2C2E31},
};

const struct colours_ground *colours_grounds(size_t *count)
{
    *count = COUNT(grounds);
    return grounds;
}

/* ---- one colour ---- */

struct linear {
    double red, green, blue; /* light, 0 to 1 */
};

struct oklab {
    double lightness, a, b;
};

static double to_linear(uint32_t byte)
{
    double part = byte / 255.0;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static uint32_t to_byte(double light)
{
    double part = light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055;
    return (uint32_t)lround(fmin(fmax(part, 0), 1) * 255);
}

static struct linear linear_of(uint32_t colour)
{
    return (struct linear){to_linear(colour >> 16 & 255), to_linear(colour >> 8 & 255),
                           to_linear(colour & 255)};
}

static uint32_t colour_of(struct linear light)
{
    return to_byte(light.red) << 16 | to_byte(light.green) << 8 | to_byte(light.blue);
}

/* WCAG 2.2, "relative luminance". */
static double luminance(struct linear light)
{
    return 0.2126 * light.red + 0.7152 * light.green + 0.0722 * light.blue;
}

double colours_contrast(uint32_t one, uint32_t other)
{
    double a = luminance(linear_of(one)), b = luminance(linear_of(other));
    return (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
}

/* Björn Ottosson, "A perceptual color space for image processing", 2020: both matrices. */
static struct oklab oklab_of(struct linear c)
{
    double l = cbrt(0.4122214708 * c.red + 0.5363325363 * c.green + 0.0514459929 * c.blue);
    double m = cbrt(0.2119034982 * c.red + 0.6806995451 * c.green + 0.1073969566 * c.blue);
    double s = cbrt(0.0883024619 * c.red + 0.2817188376 * c.green + 0.6299787005 * c.blue);
    return (struct oklab){0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
                          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

static struct linear light_of(struct oklab c)
{
    double l = pow(c.lightness + 0.3963377774 * c.a + 0.2158037573 * c.b, 3);
    double m = pow(c.lightness - 0.1055613458 * c.a - 0.0638541728 * c.b, 3);
    double s = pow(c.lightness - 0.0894841775 * c.a - 1.2914855480 * c.b, 3);
    return (struct linear){4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                           -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                           -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

static bool can_be_shown(struct linear c)
{
    const double slack = 0.0005;
    return c.red >= -slack && c.green >= -slack && c.blue >= -slack && c.red <= 1 + slack &&
           c.green <= 1 + slack && c.blue <= 1 + slack;
}

/* The colour with that hue (a and b as they are) that is so light; luminance grows with lightness.
 */
static struct linear with_luminance(double a, double b, double wanted)
{
    enum { HALVINGS = 30 };
    double low = 0, high = 1.2;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (luminance(light_of((struct oklab){middle, a, b})) < wanted)
            low = middle;
        else
            high = middle;
    }
    return light_of((struct oklab){low, a, b});
}

/* As much of the hue as a screen has at that luminance. */
static uint32_t shade(struct oklab of, double wanted, double chroma)
{
    enum { STEPS = 50 };
    struct linear light = {wanted, wanted, wanted};
    for (int i = STEPS; i >= 0; i--) {
        double part = chroma * i / STEPS;
        light = with_luminance(of.a * part, of.b * part, wanted);
        if (can_be_shown(light))
            break;
    }
    return colour_of(light);
}

/* ---- the scale ---- */

static size_t token_of(const char *name)
{
    size_t i = 0;
    while (i < COUNT(tokens) && !text_equal(tokens[i].name, name))
        i++;
    return i;
}

/* Buttons follow the given colour, the rest only its hue. */
static void make_scale(struct scale *scale, uint32_t accent, int line)
{
    struct linear light = linear_of(accent);
    struct oklab hue = oklab_of(light);
    size_t base = token_of("base-default"), above = token_of("base-contrast-default"),
           subtle = token_of("base-contrast-subtle");
    for (int s = 0; s < SCHEMES; s++)
        for (size_t i = 0; i < COUNT(tokens); i++) {
            double wanted = tokens[i].shade[s].luminance;
            if (s == LIGHT && i > base && i < subtle)
                wanted *= luminance(light) / tokens[base].shade[s].luminance;
            scale->colours[s][i] = shade(hue, wanted, tokens[i].shade[s].chroma);
            scale->lines[s][i] = line;
        }
    scale->colours[LIGHT][base] = accent;
    if (colours_contrast(accent, 0xFFFFFF) < 4.5) { /* a light button has dark words */
        scale->colours[LIGHT][above] = 0;
        scale->colours[LIGHT][subtle] = shade(hue, 0.009, 0.18);
    }
    scale->is_said = true;
}

/* What stands on what; a name without "accent-" before it is a ground. */
static const struct pair {
    const char *upper, *under;
    double least;
} pairs[] = {
    {"text-default", "background-default", 4.5},
    {"text-default", "background-tinted", 4.5},
    {"text-default", "surface-default", 4.5},
    {"text-default", "surface-tinted", 4.5},
    {"text-default", "surface-hover", 4.5},
    {"text-default", "surface-active", 4.5},
    {"text-default", "neutral-background-tinted", 4.5},
    {"text-default", "neutral-surface-tinted", 4.5},
    {"text-subtle", "background-default", 4.5},
    {"text-subtle", "background-tinted", 4.5},
    {"text-subtle", "surface-default", 4.5},
    {"text-subtle", "surface-tinted", 4.5},
    {"text-subtle", "neutral-background-default", 4.5},
    {"text-subtle", "neutral-background-tinted", 4.5},
    {"text-subtle", "neutral-surface-default", 4.5},
    {"text-subtle", "neutral-surface-tinted", 4.5},
    {"base-contrast-default", "base-default", 4.5},
    {"base-contrast-default", "base-hover", 4.5},
    {"base-contrast-default", "base-active", 4.5},
    {"base-contrast-subtle", "base-default", 4.5},
    {"base-default", "background-default", 3},
    {"base-default", "neutral-background-default", 3},
    {"base-default", "neutral-background-tinted", 3},
    {"base-default", "neutral-surface-default", 3},
    {"border-default", "background-default", 3},
    {"border-default", "neutral-background-tinted", 3},
    {"border-default", "neutral-surface-default", 3},
    {"border-strong", "background-default", 3},
    {"border-strong", "surface-tinted", 3},
    {"border-strong", "neutral-surface-default", 3},
};

static uint32_t find_colour(const struct scale *scale, enum scheme scheme, const char *name)
{
    for (size_t i = 0; i < COUNT(grounds); i++)
        if (text_equal(grounds[i].token, name))
            return scheme == LIGHT ? grounds[i].light : grounds[i].dark;
    return scale->colours[scheme][token_of(name)];
}

static bool check_pairs(const struct scale *scale, const char *name, struct error *err)
{
    for (int s = 0; s < SCHEMES; s++)
        for (size_t i = 0; i < COUNT(pairs); i++) {
            const struct pair *pair = &pairs[i];
            uint32_t upper = find_colour(scale, (enum scheme)s, pair->upper);
            uint32_t under = find_colour(scale, (enum scheme)s, pair->under);
            double contrast = colours_contrast(upper, under);
            if (contrast < pair->least)
                return error_at(err, ERROR_INVALID, name, scale->lines[s][token_of(pair->upper)],
                                "%s: accent-%s #%06x on %s%s #%06x has a contrast of %.2f:1, and "
                                "%.3g:1 is the least",
                                scheme_names[s], pair->upper, upper,
                                text_starts_with(pair->under, "neutral") ? "" : "accent-",
                                pair->under, under, contrast, pair->least);
        }
    return true;
}

/* ---- the file ---- */

static bool read_colour(const char *text, uint32_t *out)
{
    if (strlen(text) != 7 || text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6)
        return false;
    *out = (uint32_t)strtoul(text + 1, NULL, 16);
    return true;
}

/* "accent", or "dark accent-text-subtle". */
static bool take(struct scale *scale, const char *name, uint32_t colour, int line)
{
    if (text_equal(name, "accent")) {
        if (scale->is_said)
            return false;
        make_scale(scale, colour, line);
        return true;
    }
    for (int s = 0; s < SCHEMES; s++) {
        size_t size = strlen(scheme_names[s]);
        if (strncmp(name, scheme_names[s], size) != 0 ||
            !text_starts_with(name + size, " accent-") || !scale->is_said)
            continue;
        size_t token = token_of(name + size + strlen(" accent-"));
        if (token == COUNT(tokens))
            return false;
        scale->colours[s][token] = colour;
        scale->lines[s][token] = line;
        return true;
    }
    return false;
}

static bool read_line(struct arena *arena, struct scale *scale, char *text, int line,
                      const char *name, struct error *err)
{
    char *words = text_collapse(arena, text);
    char *comment = *words == '#' ? words : strstr(words, " # ");
    if (comment)
        *comment = '\0';
    if (!*words)
        return true;
    char *equals = strchr(words, '=');
    uint32_t colour;
    if (!equals || !read_colour(text_trim(arena, equals + 1), &colour))
        return error_at(err, ERROR_INVALID, name, line, "a line is as accent = #0b6a53");
    *equals = '\0';
    const char *what = text_trim(arena, words);
    return take(scale, what, colour, line) ||
           error_at(err, ERROR_INVALID, name, line,
                    "%s is no colour here: first accent, once, then tokens of it, as dark "
                    "accent-base-default",
                    text_cut(arena, what, 60));
}

static void write_scheme(struct buf *css, const struct scale *scale, enum scheme scheme)
{
    buf_add_text(css, ":root{");
    for (size_t i = 0; i < COUNT(tokens); i++)
        buf_printf(css, "--ds-color-accent-%s:#%06x;", tokens[i].name, scale->colours[scheme][i]);
    buf_add_text(css, "}");
}

bool colours_read(struct arena *arena, struct bytes file, const char *name, struct bytes *css,
                  struct error *err)
{
    if (!text_is_utf8(file) || (file.size && memchr(file.data, 0, file.size)))
        return error_at(err, ERROR_INVALID, name, 0, "not UTF-8 text");
    struct scale scale = {0};
    char *next = arena_text_of(arena, file);
    for (int line = 1; next; line++) {
        char *text = strsep(&next, "\n");
        if (!read_line(arena, &scale, text, line, name, err))
            return false;
    }
    if (!scale.is_said)
        return error_at(err, ERROR_INVALID, name, 0, "there is no line as accent = #0b6a53");
    if (!check_pairs(&scale, name, err))
        return false;
    struct buf out;
    buf_init(&out, arena);
    write_scheme(&out, &scale, LIGHT);
    buf_add_text(&out, "\n@media (prefers-color-scheme:dark){");
    write_scheme(&out, &scale, DARK);
    buf_add_text(&out, "}\n");
    *css = buf_bytes(&out);
    return true;
}
