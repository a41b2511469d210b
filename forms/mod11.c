#include "forms/mod11.h"

#include "engine/base/clock.h"

#include <string.h>

static bool are_digits(const char *digits, size_t count)
{
    return strlen(digits) == count && strspn(digits, "0123456789") == count;
}

static int digit(const char *digits, size_t at)
{
    return digits[at] - '0';
}

static int number(const char *digits, size_t at, size_t count)
{
    int n = 0;
    for (size_t i = at; i < at + count; i++)
        n = 10 * n + digit(digits, i);
    return n;
}

/* The digit after the weighted ones makes the sum divisible by 11; where that takes "10", there is
 * no such number. */
static bool check_digit_is_right(const char *digits, const int *weights, size_t count)
{
    int sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i] * digit(digits, i);
    int check = (11 - sum % 11) % 11;
    return check == digit(digits, count);
}

/* Individual numbers and two-digit years of each century; 0 where there are no such. */
static int century(int individual, int year)
{
    if (individual <= 499)
        return 1900;
    if (individual <= 749 && year >= 54)
        return 1800;
    if (year <= 39)
        return 2000;
    return individual >= 900 ? 1900 : 0;
}

static bool birth_date(const char *digits, int *year, int *month, int *day)
{
    int the_day = number(digits, 0, 2);
    int the_month = number(digits, 2, 2);
    int short_year = number(digits, 4, 2);
    int start = century(number(digits, 6, 3), short_year);
    if (the_day > 40)
        the_day -= 40;
    if (the_month > 80)
        the_month -= 80;
    else if (the_month > 40)
        the_month -= 40;
    if (start == 0 || !clock_is_date(start + short_year, the_month, the_day))
        return false;
    *year = start + short_year;
    *month = the_month;
    *day = the_day;
    return true;
}

bool mod11_fnr_birth(const char *digits, int *year, int *month, int *day)
{
    static const int first[] = {3, 7, 6, 1, 8, 9, 4, 5, 2};
    static const int second[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    return are_digits(digits, 11) && check_digit_is_right(digits, first, COUNT(first)) &&
           check_digit_is_right(digits, second, COUNT(second)) &&
           birth_date(digits, year, month, day);
}

bool mod11_is_fnr(const char *digits)
{
    int year, month, day;
    return mod11_fnr_birth(digits, &year, &month, &day);
}

bool mod11_is_orgnr(const char *digits)
{
    static const int weights[] = {3, 2, 7, 6, 5, 4, 3, 2};
    return are_digits(digits, 9) && check_digit_is_right(digits, weights, COUNT(weights));
}

bool mod11_is_konto(const char *digits)
{
    static const int weights[] = {5, 4, 3, 2, 7, 6, 5, 4, 3, 2};
    return are_digits(digits, 11) && check_digit_is_right(digits, weights, COUNT(weights));
}
