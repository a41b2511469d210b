#include "forms/likeness.h"

#include <string.h>

enum { LONGEST_COMPARED = 100 };

static int least_of(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Letters to change, add, leave out or swap with the next to come from one name to the other
 * (optimal string alignment). */
static int distance(const char *a, const char *b)
{
    int rows[3][LONGEST_COMPARED + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    int length = (int)strlen(b);
    for (int j = 0; j <= length; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int *oldest = before;
        before = last;
        last = row;
        row = oldest;
        row[0] = i;
        for (int j = 1; j <= length; j++) {
            row[j] = least_of(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
    }
    return row[length];
}

void likeness_compare(struct likeness *likeness, const char *name)
{
    if (strlen(name) > LONGEST_COMPARED || strlen(likeness->wanted) > LONGEST_COMPARED)
        return;
    int far = distance(likeness->wanted, name);
    int most = strlen(name) < 5 ? 1 : 2;
    if (far > most || (likeness->nearest && far >= likeness->distance))
        return;
    likeness->nearest = name;
    likeness->distance = far;
}

const char *likeness_suggestion(struct arena *arena, const struct likeness *likeness)
{
    return likeness->nearest ? arena_printf(arena, ", did you mean '%s'?", likeness->nearest) : "";
}
