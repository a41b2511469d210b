/* The same login at a provider that nobody here wrote: npm's oidc-provider (tests/oidc), by
 * settings alone. */
#include "tests/flow/scene.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The provider must know the site's address before it starts, and the site the provider's. */
struct world {
    struct scene *scene;
    pid_t provider;
    int input;    /* it ends when this is closed */
    FILE *output; /* it goes on to talk */
    char issuer[128];
    char words[6][600];
};

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    close(listener);
    return ntohs(address.sin_port);
}

static _Noreturn void become_provider(const char *folder, const char *site, int input, int output)
{
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    execlp("node", "node", "tests/oidc/server.mjs", folder, site, (char *)NULL);
    _exit(127);
}

static void start_provider(struct world *world, const char *site)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0); /* the site does not hold it open */
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    world->provider = fork();
    if (world->provider == 0)
        become_provider(world->scene->server.data, site, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    world->input = in[1];
    world->output = fdopen(out[0], "r");
    if (fscanf(world->output, "the issuer %127s", world->issuer) != 1)
        fail_msg("the provider did not start");
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    void *scene = NULL;
    scene_set_up_folder(&scene);
    world->scene = scene;
    world->scene->server.site_port = free_port();
    char site[64];
    snprintf(site, sizeof site, "http://127.0.0.1:%d", world->scene->server.site_port);
    start_provider(world, site);
    const char *data = world->scene->server.data;
    snprintf(world->words[0], sizeof world->words[0], "--idporten_issuer=%s", world->issuer);
    snprintf(world->words[1], sizeof world->words[1], "--idporten_client=skjema");
    snprintf(world->words[2], sizeof world->words[2], "--idporten_key=%s/client.key.pem", data);
    snprintf(world->words[3], sizeof world->words[3], "--idporten_kid=skjema-1");
    for (size_t i = 0; i < 4; i++)
        world->scene->more[i] = world->words[i];
    scene_start_again(world->scene);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    close(world->input);
    waitpid(world->provider, NULL, 0);
    fclose(world->output);
    void *scene = world->scene;
    free(world);
    return scene_tear_down(&scene);
}

static void oidc_1_login_and_logout_go_through_a_provider_of_others(void **state)
{
    struct world *world = *state;
    struct browser *browser = world->scene->walk.browser;
    char url[256];
    snprintf(url, sizeof url, "%s/logg-inn", world->scene->server.site);
    browser_visit(browser, url);
    browser_press(browser, "Logg inn med ID-porten");
    scene_must_see(browser, "Who are you?");
    browser_press(browser, "I am Ingrid");

    assert_int_equal(browser_status(browser), 200);
    scene_must_see(browser, "Min side");
    scene_must_see(browser, "Ingrid Fjeld");

    browser_press(browser, "Logg ut");
    scene_must_see(browser, "Log out?");
    browser_press(browser, "Log out");
    assert_true(strstr(browser_address(browser), "/logget-ut"));
    scene_must_see(browser, "Du er logget ut");
    browser_visit(browser, url);
    browser_press(browser, "Logg inn med ID-porten");
    scene_must_see(browser, "Who are you?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oidc_1_login_and_logout_go_through_a_provider_of_others),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
