/* Arrays that grow. */
#include <stdlib.h>
#include "profiler.h"

/* QEMU ends when there is no memory: a profile with holes would be wrong in silence. */
void *grown(void *array, size_t count, size_t *room, size_t bytes)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 1024;
	array = realloc(array, *room * bytes);
	if (array)
		return array;
	fprintf(stderr, "iopath profiler: no memory for %zu bytes\n", *room * bytes);
	exit(EXIT_FAILURE);
}
