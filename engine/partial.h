/* partial.h - answers to htmx, which puts them into the page that is shown (request_is_partial). A
 * page that knows nothing of it is answered as always, and settled here. */
#pragma once

#include "engine/http/response.h"

/* The answer is the content of main, at this address, which the browser then shows. */
void partial_main(const struct request *request, struct response *response);

/* After the answer is written, of any request: where it leads to another page than a step of a
 * form, that page is loaded as without htmx (HX-Redirect), and where another language was asked for
 * it is loaded anew; a whole page takes the place of the one shown. */
void partial_settle(const struct request *request, struct response *response);
