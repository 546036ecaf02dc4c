/* The cases, for the runners in C and in C++. */
#include "case.h"

#include "cases.h" /* by cases_to_c.py */

const struct test_case *const cases = all_cases;
const size_t case_count = sizeof all_cases / sizeof *all_cases;
