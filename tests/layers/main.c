/* Linked with one layer whole and only the layers below it: a call upwards does not link. */
int main(void)
{
    return 0;
}
