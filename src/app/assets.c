#include "app/assets.h"

#include "base/file.h"

char *assets_path(const char *name)
{
    const char *told = getenv("PATCHBAY_ASSETS");
    if (told && *told)
        return xasprintf("%s/%s", told, name);
    char *beside = xasprintf("%s/assets/%s", file_self_dir(), name);
    if (file_exists(beside))
        return beside;
    free(beside);
    return xasprintf("%s/%s", PATCHBAY_DATADIR, name);
}

char *assets_program(const char *name)
{
    const char *const dirs[] = {file_self_dir(), PATCHBAY_LIBEXECDIR};
    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
        char *path = xasprintf("%s/%s", dirs[i], name);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return xstrdup(name);
}
