/* test_my_page.c - Min side holds together: its tabs lead to pages. */
#include "engine/base/text.h"
#include "engine/routes.h"
#include "render/message.h"
#include "render/overview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void every_tab_of_min_side_is_a_page_for_citizens_with_a_name_of_its_own(void **state)
{
    (void)state;
    size_t count;
    const struct overview_tab *tabs = overview_tabs(&count);
    assert_string_equal(tabs[0].address, FRAME_PATH_MY_PAGE);
    for (size_t i = 0; i < count; i++) {
        size_t pages = 0;
        for (size_t k = 0; k < routes_count; k++)
            pages += text_equal(routes[k].method, "GET") &&
                     text_equal(routes[k].pattern, tabs[i].address) &&
                     routes[k].who == ROUTER_CITIZEN;
        if (pages != 1)
            fail_msg("%s is no page", tabs[i].address);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(message("nb", tabs[i].title_id),
                                    message("nb", tabs[k].title_id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tab_of_min_side_is_a_page_for_citizens_with_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
