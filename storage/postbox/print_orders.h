/* print_orders.h - letters that cannot be digital: a folder each, for whoever prints and posts
 * them. Sending one is writing the order, so an order that is there is a letter delivered.
 *
 *   <path>/<message id>/ordre.json     who it is for, why it goes on paper, which files in order
 *                       brev.pdf       the letter
 *                       vedlegg-01.pdf attachments, as they were sent
 *
 * All of it is in clear, in folders of mode 0700 and files of 0600: the operator must be able to
 * print it, so the master keys do not protect it. Take it away when it is printed. An order that
 * was taken away is not written again, once its delivery is done.
 *
 * The address is asked for in the population register right before, and stands nowhere else. Where
 * it is not known (nobody to ask, no address, or one that is protected) ordre.json says which, and
 * has the identity number instead, for the one who must find out; else it has no number. */
#pragma once

#include "storage/postbox/postbox.h"

#define PRINT_ORDERS_NAME "print" /* of the postbox */

struct register_source;
struct print_orders_settings {
    const char *path;                         /* folder, 0700; there already */
    const struct register_source *population; /* population.h; the caller's. NULL: nobody to ask */
};

/* ERROR_BROKEN: the folder cannot be written in. */
struct print_orders;
CHECKED bool print_orders_open(const struct print_orders_settings *settings,
                               struct print_orders **out, struct error *err);
void print_orders_close(struct print_orders **orders);

/* Reaches everybody. NOT_SENT with ERROR_UNAVAILABLE while the register cannot be asked. */
const struct postbox *print_orders_postbox(struct print_orders *orders);
