#include "ops/imagename.h"

void imagename_whole(struct buf *out, const char *name)
{
    size_t first = strcspn(name, "/");
    bool registry = name[first] && (memchr(name, '.', first) || memchr(name, ':', first) || str_starts(name, "localhost/"));
    const char *digest = strchr(name, '@'), *end = digest ? digest : name + strlen(name);
    const char *tag = end;
    while (tag > name && tag[-1] != ':' && tag[-1] != '/')
        tag--;
    tag = tag > name && tag[-1] == ':' ? tag - 1 : end; /* of a registry's port and the path behind it: none */
    if (!registry)
        buf_adds(out, name[first] ? "docker.io/" : "docker.io/library/");
    else if (str_starts(name, "index.docker.io/"))
        name += strlen("index.");
    buf_add(out, name, (size_t)(tag - name));
    buf_adds(out, digest ? digest : *tag ? tag : ":latest");
}

bool imagename_held(const struct nodeimages *node, const char *whole, int64_t *size)
{
    bool held = false;
    struct buf name;
    buf_init(&name, 4096);
    for (size_t i = 0; i < node->image_count && !held; i++) {
        buf_reset(&name);
        imagename_whole(&name, node->images[i].name);
        held = str_eq(name.data, whole);
        if (held && size)
            *size = node->images[i].size;
    }
    buf_release(&name);
    return held;
}
