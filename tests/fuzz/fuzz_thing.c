/* fuzz_thing: catalogue documents. What is read from one is used: described, checked, composed and planned. */
#include "tests/fuzz/fuzz.h"

static const char *const values[] = {"", "1", "-1", "0.5", "1e308", "nan", "true", "a", "rtsp://u:p@h/x", "\xc3\xa4\n"};

static void check_params(const struct media_thing *thing)
{
    for (size_t i = 0; i < thing->param_count; i++) {
        const struct param_type_info *param = &thing->params[i];
        char words[512];
        param_describe(param, words, sizeof words);
        MUST(*words, "the parameter %s is described with nothing", param->name);
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
            struct err err = ERR_INIT;
            MUST((param_check(param, values[v], &err) < 0) == err_is_set(&err), "refused without a word");
        }
        struct err err = ERR_INIT;
        MUST(!param->fallback || param_check(param, param->fallback, &err) == 0, "the default of %s: '%s' %s", param->name,
             param->fallback, err.text);
    }
}

/* A graph with two of it, wired to each other and with every parameter set to what it may be. */
static void compose(const struct catalogue *cat, const struct media_thing *thing)
{
    struct err err = ERR_INIT;
    struct document *doc = document_new(NULL, 0, NULL, "g", "media", cat, &err);
    MUST(doc != NULL, "%s", err.text);
    const char *names[] = {"a", "b"};
    for (size_t i = 0; i < 2; i++)
        MUST(document_add_thing(doc, thing->name, names[i], NULL, &err) == 0, "%s", err.text);
    for (size_t p = 0; p < thing->param_count; p++)
        for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
            const struct param_type_info *param = &thing->params[p];
            struct err refused = ERR_INIT;
            bool fine = param_check(param, values[v], &refused) == 0;
            err_clear(&refused);
            bool set = document_set_param(doc, "a", param->name, values[v], &refused) == 0;
            MUST(!set || fine, "%s takes '%s'", param->name, values[v]);
            MUST(set == !err_is_set(&refused), "%s: %s", param->name, refused.text);
            if (set)
                MUST(str_eq(graph_param(graph_find(document_graph(doc), "a"), param->name), values[v]) || *values[v],
                     "%s is not '%s'", param->name, values[v]);
        }
    for (size_t o = 0; o < thing->output_count; o++)
        for (size_t i = 0; i < thing->input_count; i++) {
            struct err refused = ERR_INIT;
            if (document_add_link(doc, "a", thing->outputs[o].name, "b", thing->inputs[i].name, &refused) < 0)
                fuzz_check_err(&refused);
        }
    size_t len;
    const char *text = document_text(doc, &len);
    fuzz_check_faults(document_faults(doc), text, len);
    if (!document_faults(doc)->errors)
        fuzz_check_plan(document_graph(doc), text, len);
    document_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalogue cat = {0};
    struct faults faults = {0};
    char *text = xmemdup(data, size);
    catalogue_read(&cat, text, size, "fuzz", &faults);
    fuzz_check_faults(&faults, text, size);
    size_t composed = 0;
    for (struct map_entry *e = map_first(&cat.things); e && composed < 4; e = map_next(&cat.things, e), composed++) {
        check_params(e->value);
        compose(&cat, e->value);
    }
    faults_release(&faults);
    catalogue_release(&cat);
    free(text);
    return 0;
}
