/* bench_floor - the least a page can cost: libmicrohttpd in poll mode with a pool of two, answering
 * GET /N with N bytes that lie ready. Prints its port and serves until it is killed. */
#include <microhttpd.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1024 * 1024, POOL = 2 };

static char body[MOST_BYTES];

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    static int seen;
    (void)context, (void)method, (void)version, (void)upload;
    if (!*request) { /* only the head is here */
        *request = &seen;
        return MHD_YES;
    }
    *upload_size = 0;
    size_t size = strtoul(url + 1, NULL, 10);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        size < MOST_BYTES ? size : MOST_BYTES, body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "text/html; charset=utf-8");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

int main(void)
{
    memset(body, 'x', sizeof body);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)POOL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    if (!daemon)
        return 1;
    printf("%d\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    for (;;)
        pause();
}
