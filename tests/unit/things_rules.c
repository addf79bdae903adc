#include "tests/unit/things_test.h"

#include "base/json.h"
#include "things/region.h"
#include "things/rule.h"

static struct region region_of(const char *text)
{
    struct region region;
    struct err err = ERR_INIT;
    ck_assert_msg(region_parse(&region, text, &err) == 0, "%s: %s", text, err.text);
    return region;
}

START_TEST(a_region_is_a_polygon_a_rectangle_or_everything)
{
    struct region r = region_of("");
    ck_assert(region_holds(&r, 0.1, 0.9));
    r = region_of("all");
    ck_assert(region_holds(&r, 0.1, 0.9));
    r = region_of("1,1 0.5,0.5"); /* opposite corners, in any order */
    ck_assert_uint_eq(r.count, 4);
    ck_assert(region_holds(&r, 0.75, 0.99) && !region_holds(&r, 0.25, 0.75) && !region_holds(&r, 0.75, 0.25));
    r = region_of(" 0,0;1,0\n0,1 ");
    ck_assert(region_holds(&r, 0.2, 0.2) && !region_holds(&r, 0.8, 0.8));
    r = region_of("0,0 1,0 1,1 0.5,0.1 0,1"); /* a notch from below */
    ck_assert(!region_holds(&r, 0.5, 0.5) && region_holds(&r, 0.1, 0.5) && region_holds(&r, 0.9, 0.5));
}
END_TEST

START_TEST(a_box_is_where_its_feet_are)
{
    struct region r = region_of("0.5,0.5 1,1");
    struct vision_box boxes[] = {
        {50, 50, 20, 50, 0.9},  /* its foot at 60, 100: on the lower edge of the picture */
        {50, 0, 50, 45, 0.9},   /* above */
        {10, 20, 30, 70, 0.9},  /* to the left */
        {30, 0, 60, 80, 0.7},   /* its head is outside */
        {45, 80, 9, 20, 0.6},   /* its middle at 49.5 */
    };
    ck_assert_uint_eq(region_keep(&r, boxes, ARRAY_SIZE(boxes), 100, 100), 2);
    ck_assert_int_eq(boxes[0].x, 50);
    ck_assert_int_eq(boxes[1].x, 30);
}
END_TEST

START_TEST(what_is_no_region_is_told)
{
    static const struct {
        const char *text, *sentence;
    } rows[] = {
        {"0.5", "a region's corner is two numbers from 0 to 1, as in 0.5,1, not '0.5'"},
        {"0,0 1,1.5", "a region's corner is two numbers from 0 to 1, as in 0.5,1, not '1,1.5'"},
        {"0,0 -0.1,1", "a region's corner is two numbers from 0 to 1, as in 0.5,1, not '-0.1,1'"},
        {"0,0 1,nan", "a region's corner is two numbers from 0 to 1, as in 0.5,1, not '1,nan'"},
        {"0,0 1,", "a region's corner is two numbers from 0 to 1, as in 0.5,1, not '1,'"},
        {"0,0 1,2,3", "a region's corner is two numbers from 0 to 1, as in 0.5,1, not '1,2,3'"},
        {"0.1,0.2", "a region has two opposite corners, or three and more around it, not one"},
        {"0,0 0.5,0.5 1,1", "the region has no inside: its corners are on one line"},
        {"0,0 0,1", "the region has no inside: its corners are on one line"},
        {"0,0 1,0 1,1 0,0 1,0 1,1 0,0 1,0 1,1 0,0 1,0 1,1 0,0 1,0 1,1 0,0 1,0 1,1 0,0 1,0 1,1 0,0 1,0 1,1 0,0 1,0 1,1 0,0 "
         "1,0 1,1 0,0 1,0 1,1",
         "a region has at most 32 corners"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct region region;
        struct err err = ERR_INIT;
        ck_assert_int_eq(region_parse(&region, rows[i].text, &err), -1);
        ck_assert_str_eq(err.text, rows[i].sentence);
    }
}
END_TEST

static bool take(struct rule *rule, const char *text, int64_t seconds)
{
    struct err err = ERR_INIT;
    cJSON *line = json_parse(text, strlen(text), &err);
    ck_assert_msg(line != NULL, "%s", err.text);
    bool raised = rule_take(rule, line, seconds * NSEC_PER_SEC);
    cJSON_Delete(line);
    return raised;
}

#define PERSON(confidence) "{\"detection\":{\"confidence\":" confidence ",\"label\":\"person\"}}"

START_TEST(an_alarm_goes_on_by_its_rule_and_off_after_a_while)
{
    struct rule rule = {.label = "person", .confidence = 0.6, .count = 2, .hold = 10 * NSEC_PER_SEC};
    ck_assert_int_eq(rule_left(&rule, 0), -1);
    ck_assert(!take(&rule, "{\"objects\":[]}", 1));
    ck_assert(!take(&rule, "{\"objects\":[" PERSON("0.9") "]}", 2));
    ck_assert(!take(&rule, "{\"objects\":[" PERSON("0.9") "," PERSON("0.59") "]}", 3)); /* one is not sure enough */
    ck_assert(!take(&rule, "{\"objects\":[" PERSON("0.9") ",{\"detection\":{\"confidence\":1,\"label\":\"car\"}}]}", 4));
    ck_assert(!rule.on);
    ck_assert(take(&rule, "{\"objects\":[" PERSON("0.9") "," PERSON("0.6") "]}", 5));
    ck_assert(rule.on);
    ck_assert(!take(&rule, "{\"objects\":[" PERSON("0.9") "," PERSON("0.6") "]}", 8)); /* it is on already, and stays longer */
    ck_assert(!take(&rule, "{\"objects\":[]}", 9));
    ck_assert_int_eq(rule_left(&rule, 15 * NSEC_PER_SEC), 3 * NSEC_PER_SEC);
    ck_assert(!rule_pass(&rule, 18 * NSEC_PER_SEC - 1));
    ck_assert(rule_pass(&rule, 18 * NSEC_PER_SEC));
    ck_assert(!rule.on && !rule_pass(&rule, 30 * NSEC_PER_SEC));
    ck_assert(take(&rule, "{\"objects\":[" PERSON("0.9") "," PERSON("0.6") "]}", 31)); /* and again */
}
END_TEST

START_TEST(a_rule_without_a_label_counts_anything_that_is_an_object)
{
    struct rule rule = {.label = "", .confidence = 0.5, .count = 1};
    ck_assert(!take(&rule, "{\"heartbeat\":true,\"counts\":{\"person\":5}}", 1));
    ck_assert(!take(&rule, "{\"objects\":\"many\"}", 1));
    ck_assert(!take(&rule, "{\"objects\":[{\"detection\":{\"confidence\":0.4}}]}", 1));
    ck_assert(take(&rule, "{\"objects\":[{\"roi_type\":\"face\"}]}", 1)); /* others say no confidence: it was sure enough */
    ck_assert(rule_pass(&rule, 1 * NSEC_PER_SEC)); /* held for no time */
    rule.label = "any";
    ck_assert(take(&rule, "{\"objects\":[{\"roi_type\":\"face\"}]}", 2));
    ck_assert(rule_pass(&rule, 2 * NSEC_PER_SEC));
    rule.label = "face";
    ck_assert(take(&rule, "{\"objects\":[{\"roi_type\":\"face\"}]}", 2));
}
END_TEST

Suite *things_rules_suite(void)
{
    Suite *s = suite_create("things: rules");
    TCase *t = tcase_create("rules");
    tcase_add_test(t, a_region_is_a_polygon_a_rectangle_or_everything);
    tcase_add_test(t, a_box_is_where_its_feet_are);
    tcase_add_test(t, what_is_no_region_is_told);
    tcase_add_test(t, an_alarm_goes_on_by_its_rule_and_off_after_a_while);
    tcase_add_test(t, a_rule_without_a_label_counts_anything_that_is_an_object);
    suite_add_tcase(s, t);
    return s;
}
