/* Python 3.13 removed PyEval_CallObject. durable-rules 2.0.28 names it in the callbacks of its message store, which
 * oncocds never sets, and so it does not import without it. Built without a declaration of the function, as it is
 * there, durable-rules would cut the answer's pointer to an int: if a call ever came, the process ends with a word
 * rather than read foreign memory. Compiled by scripts/prepare_wheel.py, loaded by native.py. */
#include <stdio.h>
#include <stdlib.h>

void *PyEval_CallObject(void *function, void *arguments)
{
    (void)function;
    (void)arguments;
    fputs("oncocds: durable-rules called PyEval_CallObject, which this Python does not have; the process ends here\n", stderr);
    abort();
}
