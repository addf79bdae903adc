#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "edge/agent.h"

/* What the edge can run: an image's name without its tag, and the program that stands for it. */
static const struct {
    const char *name, *program;
} known[] = {
    {"patchbay/thing", "patchbay-thing"},
};
static const char *const tags[] = {"", ":1", ":latest"};

static struct map images; /* exact name → struct edge_image */

static void free_image(void *data)
{
    struct edge_image *image = data;
    free(image->program);
    free(image->digest);
    free(image);
}

void edge_images_release(void)
{
    map_release(&images, free_image);
}

/* An image's digest is its program's. */
static char *digest_of(const char *program)
{
    struct buf bytes;
    struct err err = ERR_INIT;
    buf_init(&bytes, 256u << 20);
    if (file_read(program, &bytes, &err) < 0)
        buf_reset(&bytes);
    uint8_t hash[32];
    digest_sha256(bytes.data, bytes.len, hash);
    buf_release(&bytes);
    char text[DIGEST_TEXT];
    digest_hex(text, hash, sizeof hash);
    return xasprintf("sha256:%s", text);
}

void edge_image_add(const char *name, const char *program)
{
    struct edge_image *image = xcalloc(1, sizeof *image);
    image->program = xstrdup(program);
    image->digest = digest_of(program);
    struct edge_image *old = map_put(&images, name, image);
    if (old)
        free_image(old);
}

/* Beside this program, or where make install puts it. */
static char *find_program(const char *name)
{
    const char *const dirs[] = {file_self_dir(), PATCHBAY_LIBEXECDIR};
    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
        if (!dirs[i][0])
            continue;
        char *path = xasprintf("%s/%s", dirs[i], name);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* Whichever registry a cluster would have it from. */
static const char *without_registry(const char *name)
{
    size_t first = strcspn(name, "/");
    bool registry = name[first] && (strcspn(name, ".:") < first || str_starts(name, "localhost/"));
    return registry ? name + first + 1 : name;
}

const struct edge_image *edge_image_find(const char *name, struct err *err)
{
    const struct edge_image *image = map_get(&images, name);
    if (image)
        return image;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        for (size_t t = 0; t < ARRAY_SIZE(tags); t++) {
            size_t len = strlen(known[i].name);
            const char *local = without_registry(name);
            if (strncmp(local, known[i].name, len) != 0 || strcmp(local + len, tags[t]) != 0)
                continue;
            char *program = find_program(known[i].program);
            if (!program) {
                err_set(err,
                        "the program %s, which stands for this image, is not installed (it is built only where "
                        "OpenCV is found)",
                        known[i].program);
                return NULL;
            }
            edge_image_add(name, program);
            free(program);
            return map_get(&images, name);
        }
    }
    err_set(err, "the embedded cluster pulls no images, it runs only %s:1", known[0].name);
    return NULL;
}

cJSON *edge_images_status(void)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        const struct edge_image *said = map_get(&images, known[i].name);
        char *program = said ? xstrdup(said->program) : find_program(known[i].program);
        struct stat st;
        if (program && stat(program, &st) == 0) {
            cJSON *image = cJSON_CreateObject(), *names = cJSON_AddArrayToObject(image, "names");
            for (size_t t = 0; t < ARRAY_SIZE(tags); t++) {
                char *name = xasprintf("%s%s", known[i].name, tags[t]);
                if (*tags[t])
                    cJSON_AddItemToArray(names, cJSON_CreateString(name));
                free(name);
            }
            json_set_int(image, "sizeBytes", st.st_size);
            cJSON_AddItemToArray(list, image);
        }
        free(program);
    }
    return list;
}
