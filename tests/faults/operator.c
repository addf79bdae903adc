#include "faults.h"

#include "base/text.h"

#include <malloc.h>

struct operator op;

/* With a sanitizer mallinfo2 knows nothing. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
                                                   : info.uordblks + info.hblkhd;
}

void operator_config(const char *kubeconfig)
{
    FILE *f = fopen(op.config, "w");
    ck_assert_ptr_nonnull(f);
    fputs(kubeconfig, f);
    fclose(f);
}

void operator_begin(struct loop *loop, struct http_transport *transport, const char *kubeconfig, const char *view)
{
    struct err err = ERR_INIT;
    snprintf(op.config, sizeof op.config, "/tmp/faults-XXXXXX");
    int fd = mkstemp(op.config);
    ck_assert_int_ge(fd, 0);
    close(fd);
    operator_config(kubeconfig);
    op.loop = loop;
    op.options = (struct options){0};
    op.options.values[OPT_KUBECONFIG] = op.config;
    op.app = (struct app){.options = &op.options, .loop = loop, .transport = transport};
    app_catalogue(&op.app);
    op.session = session_new(&op.app, NULL, &err);
    ck_assert_msg(op.session != NULL, "%s", err.text);
    op.model = session_model(op.session);
    op.dash = dashboard_new(op.model, &(struct dashboard_options){.view = view}, 140, 30);
}

void operator_leave(void)
{
    if (!op.session)
        return;
    dashboard_free(op.dash);
    session_free(op.session);
    catalogue_release(&op.app.catalogue);
    unlink(op.config);
    op.session = NULL;
}

void operator_end(void)
{
    operator_leave();
    free(op.screen);
    op = (struct operator){0};
}

void type(const char *keys)
{
    while (*keys) {
        struct key key = {0};
        const char *end = *keys == '<' ? strchr(keys, '>') : NULL;
        if (end) {
            char name[32];
            snprintf(name, sizeof name, "%.*s", (int)(end - keys - 1), keys + 1);
            ck_assert_msg(key_parse(name, &key) == 0, "there is no key <%s>", name);
            keys = end + 1;
        } else {
            keys += utf8_decode(keys, strlen(keys), &key.code);
        }
        dashboard_key(op.dash, &key);
    }
    op.settle();
}

static const char *look(void)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    const struct canvas *canvas = dashboard_draw(op.dash);
    for (int i = 0; i < canvas->w * canvas->h; i++)
        if ((canvas->cells[i].ch && text_harmful(canvas->cells[i].ch)) ||
            (canvas->cells[i].mark && text_harmful(canvas->cells[i].mark)))
            ck_abort_msg("U+%04X is on the screen", (unsigned)canvas->cells[i].ch);
    for (int y = 0; y < canvas->h; y++) {
        canvas_row(&text, canvas, y, false);
        buf_addc(&text, '\n');
    }
    free(op.screen);
    op.screen = buf_take(&text);
    return op.screen;
}

bool shows(const char *part)
{
    return strstr(look(), part) != NULL;
}

void expect(const char *part)
{
    if (!shows(part))
        ck_abort_msg("'%s' is not on the screen:\n%s", part, op.screen);
}

void lacks(const char *part)
{
    if (shows(part))
        ck_abort_msg("'%s' is on the screen:\n%s", part, op.screen);
}

const char *line_of(const char *part)
{
    static char line[1024];
    const char *at = strstr(look(), part);
    line[0] = '\0';
    if (!at)
        return line;
    while (at > op.screen && at[-1] != '\n')
        at--;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

/* What there is. */

struct world world;

void world_release(void)
{
    free(world.pods);
    free(world.graphs);
    world = (struct world){0};
}

void pod_text(struct buf *out, const char *name, const char *uid, const char *rv, const char *status)
{
    buf_addf(out,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"media\",\"uid\":\"%s\",\"resourceVersion\":\"%s\","
             "\"creationTimestamp\":\"2023-11-14T22:00:00Z\"},\"spec\":{\"nodeName\":\"gpu-1\",\"containers\":"
             "[{\"name\":\"a\"}]},\"status\":%s}",
             name, uid, rv, status);
}

static void usual_pods(struct buf *out)
{
    pod_text(out, "camera-1", "u1", "1", RUNNING);
    buf_addc(out, ',');
    pod_text(out, "detector-1", "u2", "2", RUNNING);
}

static void usual_object(struct buf *out, const char *name, const char *rest)
{
    buf_addf(out,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"media\",\"uid\":\"u-%s\",\"resourceVersion\":\"3\","
             "\"creationTimestamp\":\"2023-11-14T22:00:00Z\"}%s}",
             name, name, rest);
}

char *list_of(const char *path)
{
    struct buf out;
    buf_init(&out, 256u << 20);
    buf_adds(&out, "{\"kind\":\"XList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[");
    if (strstr(path, "/pods") && world.pods)
        buf_adds(&out, world.pods);
    else if (strstr(path, "/pods"))
        usual_pods(&out);
    else if (strstr(path, "/nodes"))
        usual_object(&out, "gpu-1",
                     ",\"status\":{\"capacity\":{\"nvidia.com/gpu\":\"1\"},\"allocatable\":{\"nvidia.com/gpu\":\"1\"},"
                     "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}");
    else if (strstr(path, "/deployments"))
        usual_object(&out, "hall", ",\"spec\":{\"replicas\":1},\"status\":{\"replicas\":1}");
    else if (strstr(path, "/events"))
        usual_object(&out, "news",
                     ",\"type\":\"Normal\",\"reason\":\"Pulled\",\"message\":\"the image is there\","
                     "\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"camera-1\"}");
    else if (strstr(path, "/configmaps") && world.graphs)
        buf_adds(&out, world.graphs);
    buf_adds(&out, "]}");
    return buf_take(&out);
}
