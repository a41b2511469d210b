#include "engine/http/entrance.h"

#include "engine/base/crypto.h"
#include "engine/base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    PLACES = 4096,      /* of the table of addresses */
    PAUSE_MS = 100,     /* when the system has nothing left for a connection */
    OTHER_FILES = 256,  /* descriptors for what is not a connection */
    TURN_AT_ONCE = 128, /* connections taken before it is looked whether to stop */
};

/* Of one address, or network, as long as somebody is inside. */
struct guest {
    struct guest *next;
    struct in6_addr address;
    size_t count;
};

struct entrance {
    struct entrance_settings settings;
    pthread_t thread;
    int stop;  /* readable when it is to stop */
    int spare; /* the descriptor in reserve; -1: used */
    bool is_stopped;
    bool has_told; /* that descriptors have run out; told once each time */

    pthread_mutex_t lock; /* of all below */
    size_t inside;
    int64_t turned_away;
    uint64_t seed; /* so that nobody chooses addresses that fall into one place */
    struct guest *guests[PLACES];
};

/* ---- who is inside ---- */

/* False: whose address is nobody's own, as that of a unix socket or a proxy. */
static bool address_of(const struct entrance *entrance, const struct sockaddr *peer,
                       struct in6_addr *out)
{
    char text[INET6_ADDRSTRLEN];
    *out = (struct in6_addr){0};
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)peer;
        out->s6_addr[10] = out->s6_addr[11] = 0xFF;
        memcpy(out->s6_addr + 12, &v4->sin_addr, sizeof v4->sin_addr);
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    } else if (peer->sa_family == AF_INET6) {
        *out = ((const struct sockaddr_in6 *)peer)->sin6_addr;
        inet_ntop(AF_INET6, out, text, sizeof text);
        if (!IN6_IS_ADDR_V4MAPPED(out))
            memset(out->s6_addr + 8, 0, 8); /* one subscriber has 64 bits for its own */
    } else {
        return false;
    }
    const struct proxies *proxies = entrance->settings.proxies;
    return entrance->settings.connections_per_peer && !(proxies && proxies_trusted(proxies, text));
}

static struct guest **place_of(struct entrance *entrance, const struct in6_addr *address)
{
    uint64_t halves[2];
    memcpy(halves, address, sizeof halves);
    uint64_t mixed = (halves[0] ^ entrance->seed) * 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ mixed >> 29 ^ halves[1]) * 0xBF58476D1CE4E5B9U;
    struct guest **link = &entrance->guests[(mixed ^ mixed >> 32) % PLACES];
    while (*link && memcmp(&(*link)->address, address, sizeof *address) != 0)
        link = &(*link)->next;
    return link;
}

static void count_in(struct entrance *entrance, const struct in6_addr *address)
{
    struct guest **link = place_of(entrance, address);
    if (!*link) {
        *link = calloc(1, sizeof **link);
        if (!*link)
            abort();
        (*link)->address = *address;
    }
    (*link)->count++;
}

static bool may_enter(struct entrance *entrance, const struct sockaddr *peer)
{
    struct in6_addr address;
    bool is_counted = address_of(entrance, peer, &address);
    pthread_mutex_lock(&entrance->lock);
    struct guest *guest = is_counted ? *place_of(entrance, &address) : NULL;
    bool may = entrance->inside < entrance->settings.connections &&
               !(guest && guest->count >= entrance->settings.connections_per_peer);
    if (may && is_counted)
        count_in(entrance, &address);
    entrance->inside += may;
    entrance->turned_away += !may;
    pthread_mutex_unlock(&entrance->lock);
    return may;
}

void entrance_leave(struct entrance *entrance, const struct sockaddr *peer)
{
    struct in6_addr address;
    bool is_counted = address_of(entrance, peer, &address);
    pthread_mutex_lock(&entrance->lock);
    entrance->inside--;
    struct guest **link = is_counted ? place_of(entrance, &address) : NULL;
    if (link && *link && --(*link)->count == 0) {
        struct guest *gone = *link;
        *link = gone->next;
        free(gone);
    }
    pthread_mutex_unlock(&entrance->lock);
}

struct entrance_load entrance_load(struct entrance *entrance)
{
    pthread_mutex_lock(&entrance->lock);
    struct entrance_load load = {entrance->inside, entrance->turned_away};
    pthread_mutex_unlock(&entrance->lock);
    return load;
}

/* ---- taking them ---- */

/* One more of what there is: a confined process opens no file for it. */
static int open_spare(const struct entrance *entrance)
{
    return fcntl(entrance->stop, F_DUPFD_CLOEXEC, 0);
}

static bool is_out_of_something(int number)
{
    return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

enum taking { TAKEN, NOBODY, STUCK };

/* The one in front is let in by the spare descriptor and sent away, so that those behind learn that
 * they need not wait. */
static enum taking turn_away_by_spare(struct entrance *entrance)
{
    if (entrance->spare >= 0)
        close(entrance->spare);
    int socket = accept4(entrance->settings.listener, NULL, NULL, SOCK_CLOEXEC);
    bool is_stuck = socket < 0 && is_out_of_something(errno);
    pthread_mutex_lock(&entrance->lock);
    entrance->turned_away += socket >= 0;
    pthread_mutex_unlock(&entrance->lock);
    if (socket >= 0)
        close(socket);
    entrance->spare = open_spare(entrance);
    return socket >= 0 ? TAKEN : is_stuck ? STUCK : NOBODY;
}

static enum taking take_one(struct entrance *entrance)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    int socket = accept4(entrance->settings.listener, (struct sockaddr *)&peer, &size,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0 && is_out_of_something(errno)) {
        if (!entrance->has_told)
            log_event(LOG_LEVEL_WARNING, "connections_turned_away", "why=\"%s\"", strerror(errno));
        entrance->has_told = true;
        return turn_away_by_spare(entrance);
    }
    if (socket < 0)
        return errno == EINTR || errno == ECONNABORTED ? TAKEN : NOBODY;
    entrance->has_told = false;
    if (!may_enter(entrance, (struct sockaddr *)&peer))
        close(socket);
    else if (!entrance->settings.enter(entrance->settings.context, socket, (struct sockaddr *)&peer,
                                       size))
        entrance_leave(entrance, (struct sockaddr *)&peer);
    return TAKEN;
}

static void *attend(void *context)
{
    struct entrance *entrance = context;
    struct pollfd looked_at[] = {{.fd = entrance->stop, .events = POLLIN},
                                 {.fd = entrance->settings.listener, .events = POLLIN}};
    enum taking last = NOBODY;
    for (;;) {
        int ready = last == STUCK ? poll(looked_at, 1, PAUSE_MS) : poll(looked_at, 2, -1);
        if (ready > 0 && looked_at[0].revents)
            return NULL;
        last = TAKEN;
        for (int i = 0; i < TURN_AT_ONCE && last == TAKEN; i++)
            last = take_one(entrance);
    }
}

/* ---- open and close ---- */

bool entrance_open(const struct entrance_settings *settings, struct entrance **out,
                   struct error *err)
{
    struct entrance *entrance = calloc(1, sizeof *entrance);
    if (!entrance)
        abort();
    entrance->settings = *settings;
    pthread_mutex_init(&entrance->lock, NULL);
    crypto_random((unsigned char *)&entrance->seed, sizeof entrance->seed);
    entrance->stop = eventfd(0, EFD_CLOEXEC);
    entrance->spare = open_spare(entrance);
    if (entrance->stop < 0 || pthread_create(&entrance->thread, NULL, attend, entrance) != 0) {
        entrance->is_stopped = true;
        entrance_close(&entrance);
        return error_set(err, ERROR_UNAVAILABLE, "the system gives no more threads or descriptors");
    }
    *out = entrance;
    return true;
}

void entrance_stop(struct entrance *entrance)
{
    if (entrance->is_stopped)
        return;
    uint64_t one = 1;
    if (write(entrance->stop, &one, sizeof one) != sizeof one)
        abort();
    pthread_join(entrance->thread, NULL);
    entrance->is_stopped = true;
}

void entrance_close(struct entrance **handle)
{
    struct entrance *entrance = *handle;
    if (!entrance)
        return;
    entrance_stop(entrance);
    for (size_t i = 0; i < PLACES; i++)
        while (entrance->guests[i]) {
            struct guest *gone = entrance->guests[i];
            entrance->guests[i] = gone->next;
            free(gone);
        }
    if (entrance->spare >= 0)
        close(entrance->spare);
    if (entrance->stop >= 0)
        close(entrance->stop);
    pthread_mutex_destroy(&entrance->lock);
    free(entrance);
    *handle = NULL;
}

/* ---- descriptors ---- */

size_t entrance_room(size_t wanted)
{
    struct rlimit files;
    rlim_t needed = (rlim_t)wanted + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
        return wanted;
    if (files.rlim_cur < needed) {
        struct rlimit raised = {
            files.rlim_max == RLIM_INFINITY || files.rlim_max > needed ? needed : files.rlim_max,
            files.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            files = raised;
    }
    if (files.rlim_cur >= needed)
        return wanted;
    size_t room = files.rlim_cur > 2 * OTHER_FILES ? (size_t)files.rlim_cur - OTHER_FILES
                                                   : (size_t)files.rlim_cur / 2;
    log_event(LOG_LEVEL_WARNING, "connections_limited",
              "wanted=%zu room=%zu open_files=%llu why=\"the hard limit of open files\"", wanted,
              room, (unsigned long long)files.rlim_cur);
    return room;
}
