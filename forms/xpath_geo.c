/* The functions about places on earth. A point is "latitude longitude [altitude [accuracy]]" in
 * degrees, a line or shape is points with semicolons between, or one node a point (ODK: geopoint,
 * geotrace, geoshape). The earth is a sphere, as in ODK's engines. */
#include "forms/xpath_functions.h"

#include <libxml/xpathInternals.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double RADIUS_METRES = 6378100;
static const double PI = 3.14159265358979323846;

enum { MAX_POINTS = 5000 };

struct point {
    double latitude, longitude; /* in radians */
};

struct line {
    struct point points[MAX_POINTS];
    int count;
    size_t bytes;  /* read */
    bool is_wrong; /* something in it is no point, or there are too many */
};

/* A number at *at between so many degrees, which moves past it. */
static bool read_degrees(const char **at, double most, double *out)
{
    char *end;
    double degrees = strtod(*at, &end);
    if (end == *at || !(fabs(degrees) <= most) || !strchr(" \t\r\n;", *end))
        return false;
    *at = end;
    *out = degrees * PI / 180;
    return true;
}

static void read_points(struct line *line, const char *at)
{
    while (*(at += strspn(at, " \t\r\n"))) {
        struct point point;
        if (line->count == MAX_POINTS || !read_degrees(&at, 90, &point.latitude) ||
            !read_degrees(&at, 180, &point.longitude)) {
            line->is_wrong = true;
            return;
        }
        line->points[line->count++] = point;
        at += strcspn(at, ";"); /* altitude and accuracy */
        at += *at == ';';
    }
}

/* All points of all arguments; NULL when the evaluation ends. The caller's to free. */
static struct line *line_of(xmlXPathParserContext *call, const struct xpath_arguments *arguments)
{
    struct line *line = calloc(1, sizeof *line);
    if (!line)
        abort();
    for (int a = 0; a < arguments->count; a++)
        for (int i = 0;; i++) {
            CLEANUP(xpath_free_text) xmlChar *text = xpath_call_value(arguments->items[a], i);
            if (!text)
                break;
            read_points(line, (const char *)text);
            line->bytes += strlen((const char *)text);
        }
    if (xpath_call_spend(call, (size_t)line->count + line->bytes / 64))
        return line;
    free(line);
    return NULL;
}

static void free_line(struct line **line)
{
    free(*line);
}

static double to_centimetres(double metres)
{
    return round(metres * 100) / 100;
}

/* area(shape): in square metres, between the way around and the equator; 0 of what is no shape. */
static void call_area(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    CLEANUP(free_line) struct line *line = line_of(call, &arguments);
    if (!line)
        return;
    double sum = 0;
    for (int i = 0; line->count > 2 && !line->is_wrong && i < line->count; i++) {
        const struct point *a = &line->points[i], *b = &line->points[(i + 1) % line->count];
        sum += (b->longitude - a->longitude) * (2 + sin(b->latitude) + sin(a->latitude));
    }
    xpath_call_return_number(call, to_centimetres(fabs(sum * RADIUS_METRES * RADIUS_METRES / 2)));
}

static double between(const struct point *a, const struct point *b)
{
    double cosine = sin(a->latitude) * sin(b->latitude) +
                    cos(a->latitude) * cos(b->latitude) * cos(a->longitude - b->longitude);
    return acos(fmin(1, fmax(-1, cosine))) * RADIUS_METRES;
}

/* distance(line), distance(point, point...): in metres along the line; NaN without two points. */
static void call_distance(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    CLEANUP(free_line) struct line *line = line_of(call, &arguments);
    if (!line)
        return;
    double sum = line->count < 2 || line->is_wrong ? NAN : 0;
    for (int i = 0; i + 1 < line->count; i++)
        sum += between(&line->points[i], &line->points[i + 1]);
    xpath_call_return_number(call, to_centimetres(sum));
}

/* Whether the way from the point to the north crosses the side. */
static bool crosses(const struct point *point, const struct point *a, const struct point *b)
{
    if ((a->longitude > point->longitude) == (b->longitude > point->longitude))
        return false;
    double at = (point->longitude - a->longitude) / (b->longitude - a->longitude);
    return point->latitude < a->latitude + at * (b->latitude - a->latitude);
}

/* geofence(point, shape): whether it lies inside. */
static void call_geofence(xmlXPathParserContext *call, int count)
{
    CLEANUP(xpath_call_free) struct xpath_arguments arguments = {0};
    if (!xpath_call_pop(call, count, &arguments))
        return;
    CLEANUP(free_line) struct line *line = line_of(call, &arguments); /* the point is its first */
    if (!line)
        return;
    bool inside = false;
    for (int i = 1; line->count > 3 && !line->is_wrong && i < line->count; i++) {
        int next = i + 1 < line->count ? i + 1 : 1;
        inside ^= crosses(&line->points[0], &line->points[i], &line->points[next]);
    }
    xpath_call_return_boolean(call, inside);
}

static const struct xpath_function functions[] = {
    {NULL, "area", 1, 1, call_area},
    {NULL, "distance", 1, -1, call_distance},
    {NULL, "geofence", 2, 2, call_geofence},
};
const struct xpath_function_list xpath_geo_list = XPATH_LIST(functions);
