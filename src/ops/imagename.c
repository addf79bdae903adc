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
