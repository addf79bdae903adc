#include "base/text.h"
#include "base/yaml.h"
#include "tests/unit/base_test.h"

static struct yaml_doc *parse(const char *text)
{
    struct yaml_fault fault;
    struct yaml_doc *doc = yaml_parse(text, strlen(text), &fault);
    ck_assert_msg(doc != NULL, "%d:%d: %s", fault.line, fault.column, fault.why.text);
    return doc;
}

/* The bytes of a node. */
static const char *slice(const char *text, const struct yaml_node *node)
{
    static char out[256];
    snprintf(out, sizeof out, "%.*s", (int)(node->end - node->start), text + node->start);
    return out;
}

START_TEST(places_are_bytes)
{
    const char *text = "größe: {ä: 'é x', b: [1, zwei]}  # comment\n"
                       "things:\n"
                       "  - name: a   # here\n"
                       "    fps: \"10\"\n"
                       "  # between\n"
                       "  -\n"
                       "    # odd\n"
                       "    name: b\n"
                       "tail: end\n";
    struct yaml_doc *doc = parse(text);
    const struct yaml_node *root = doc->root, *size = yaml_get(root, "größe");
    ck_assert_str_eq(slice(text, size), "{ä: 'é x', b: [1, zwei]}");
    ck_assert_str_eq(slice(text, yaml_get(size, "ä")), "'é x'");
    ck_assert_str_eq(yaml_str(size, "ä"), "é x");
    ck_assert_str_eq(slice(text, yaml_get(size, "b")), "[1, zwei]");
    ck_assert_int_eq(yaml_get(size, "b")->column, 22);
    const struct yaml_node *things = yaml_get(root, "things"), *first = things->child, *second = first->next;
    ck_assert_uint_eq(things->count, 2);
    ck_assert_str_eq(slice(text, first), "name: a   # here\n    fps: \"10\"");
    ck_assert_int_eq(text[first->key_start], '-');
    ck_assert_int_eq(text[second->key_start], '-');
    ck_assert_uint_gt(second->key_start, first->end);
    ck_assert_uint_lt(second->key_start, second->start);
    ck_assert_str_eq(slice(text, second), "name: b");
    ck_assert_int_eq(second->line, 8);
    ck_assert_str_eq(slice(text, yaml_get(root, "tail")), "end");
    ck_assert_ptr_eq(first->parent, things);
    yaml_doc_free(doc);
}
END_TEST

START_TEST(scalars_have_types)
{
    struct yaml_doc *doc = parse("a: true\nb: 'true'\nc: 0x10\nd: 1.5\ne: ~\nf:\ng: no\nh: |\n  text\n  more\n\ni: 1\n");
    bool flag;
    double number;
    ck_assert(yaml_bool(yaml_get(doc->root, "a"), &flag) && flag);
    ck_assert(!yaml_bool(yaml_get(doc->root, "b"), &flag));
    ck_assert(yaml_number(yaml_get(doc->root, "c"), &number) && number == 16);
    ck_assert(yaml_number(yaml_get(doc->root, "d"), &number) && number == 1.5);
    ck_assert(yaml_is_null(yaml_get(doc->root, "e")) && yaml_is_null(yaml_get(doc->root, "f")));
    ck_assert_str_eq(yaml_str(doc->root, "g"), "no");
    ck_assert_str_eq(yaml_str(doc->root, "h"), "text\nmore\n");
    yaml_doc_free(doc);
}
END_TEST

static void refused(const char *text, int line, const char *part)
{
    struct yaml_fault fault;
    struct yaml_doc *doc = yaml_parse(text, strlen(text), &fault);
    ck_assert_msg(doc == NULL && strstr(fault.why.text, part), "'%s' gave '%s'", text, fault.why.text);
    ck_assert_int_eq(fault.line, line);
}

START_TEST(faults_are_placed)
{
    refused("a: 1\nb: [1, 2\nc: 3\n", 3, "no YAML");
    refused("a: &x 1\nb: *x\n", 1, "anchors");
    refused("b: *x\n", 1, "aliases");
    refused("a: 1\nb: 2\na: 3\n", 3, "twice (first in line 1)");
    refused("a: !!python/object x\n", 1, "tags");
    refused("a: 1\nb: \x01\n", 2, "UTF-8");
    refused("? [a]\n: 1\n", 1, "plain word");
    char deep[400];
    memset(deep, '[', 200);
    deep[200] = '\0';
    refused(deep, 1, "deeply");
}
END_TEST

START_TEST(streams_and_nothing)
{
    struct yaml_fault fault;
    ck_assert_ptr_null(yaml_parse("", 0, &fault));
    ck_assert(!err_is_set(&fault.why));
    ck_assert_ptr_null(yaml_parse("# only words\n", 13, &fault));
    ck_assert(!err_is_set(&fault.why));
    struct yaml_doc *doc = parse("a: 1\n---\n---\nb: 2\n");
    ck_assert_str_eq(yaml_str(doc->root, "a"), "1");
    ck_assert_ptr_null(doc->next->root);
    ck_assert_str_eq(yaml_str(doc->next->next->root, "b"), "2");
    yaml_doc_free(doc);
    const char *bom = "\xef\xbb\xbf" "a: x\n";
    doc = parse(bom);
    ck_assert_str_eq(slice(bom, yaml_get(doc->root, "a")), "x");
    yaml_doc_free(doc);
}
END_TEST

START_TEST(emitting_reads_back)
{
    static const char *const values[] = {
        "plain", "", " lead", "trail ", "yes", "No", "null", "~", "1.5", "0x1f", "1e3", "12:30", "2026-11-22", ".inf",
        "a: b", "a #b", "#x", "- x", "-", "-x", "it's", "say \"hi\"", "two\nlines\n", "two\nlines", "end\n\n", "\tx",
        "a\tb", "\x01", "{x}", "[x", "*a", "&a", "!t", "%d", "@x", "`x", "key:", "ü", "a\r\nb", "  two\nlines", "---",
        "?", "? x", "rtsp://a/b", "100m", "1_000", "<<", "=", "a,b", "back\\slash", "...", "line\n  more\n", "on"};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        cJSON *json = cJSON_CreateObject(), *list = cJSON_CreateArray();
        cJSON_AddItemToArray(list, cJSON_CreateString(values[i]));
        cJSON_AddItemToArray(list, cJSON_CreateObject());
        json_set_str(json, "key.inner", values[i]);
        json_set(json, "list", list);
        cJSON_AddItemToObject(json, *values[i] ? values[i] : "x", cJSON_CreateNumber(5));
        struct buf buf;
        buf_init(&buf, 4096);
        yaml_emit(&buf, json);
        struct yaml_fault fault;
        struct yaml_doc *doc = yaml_parse(buf.data, buf.len, &fault);
        ck_assert_msg(doc != NULL, "'%s': %s in\n%s", values[i], fault.why.text, buf.data);
        cJSON *back = yaml_to_json(doc->root);
        ck_assert_msg(json_equal(json, back), "'%s' became\n%s", values[i], buf.data);
        cJSON_Delete(back);
        cJSON_Delete(json);
        yaml_doc_free(doc);
        buf_release(&buf);
    }
}
END_TEST

START_TEST(emitting_looks_like_kubectl)
{
    struct err err = ERR_INIT;
    const char *text = "{\"spec\":{\"ports\":[{\"port\":80,\"name\":\"http\"},{\"port\":81}],\"none\":{},\"empty\":[],"
                       "\"nested\":[[1,2]]},\"data\":{\"graph.yaml\":\"a: 1\\nb: 2\\n\"}}";
    cJSON *json = json_parse(text, strlen(text), &err);
    struct buf buf;
    buf_init(&buf, 4096);
    yaml_emit(&buf, json);
    ck_assert_str_eq(buf.data, "spec:\n  ports:\n  - port: 80\n    name: http\n  - port: 81\n  none: {}\n  empty: []\n"
                               "  nested:\n  - - 1\n    - 2\ndata:\n  graph.yaml: |\n    a: 1\n    b: 2\n");
    buf_release(&buf);
    cJSON_Delete(json);
}
END_TEST

Suite *base_yaml_suite(void)
{
    Suite *suite = suite_create("yaml");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, places_are_bytes);
    tcase_add_test(tc, scalars_have_types);
    tcase_add_test(tc, faults_are_placed);
    tcase_add_test(tc, streams_and_nothing);
    tcase_add_test(tc, emitting_reads_back);
    tcase_add_test(tc, emitting_looks_like_kubectl);
    suite_add_tcase(suite, tc);
    return suite;
}
