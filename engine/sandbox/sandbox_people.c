#include "engine/sandbox/sandbox_people.h"

#include "engine/base/text.h"

static const struct sandbox_employer nordlys = {
    "Nordlys Regnskap AS",
    "310123021",
    "Havnegata 14",
    "9999 Fjordvik",
};
static const struct sandbox_employer breiband = {
    "Fjordvik Breiband AS",
    "314400801",
    "Industrivegen 3",
    "9999 Fjordvik",
};

static const struct sandbox_person people[] = {
    {"ingrid", "Ingrid Fjeld", "02878520281", "41 år, samboer, to barn, digital postkasse", "nb",
     "Bakkeveien 7 B", "9999 Fjordvik", true, true, &nordlys, 41250, 26, false},
    {"jonas", "Jonas Lie Berg", "14838812180", "38 år, samboer, digital postkasse", "nb",
     "Bakkeveien 7 B", "9999 Fjordvik", true, true, &breiband, 44800, 28, false},
    {"oddny", "Oddny Hauge", "21887233060", "54 år, driv kafé, nynorsk, digital postkasse", "nn",
     "Sjøvegen 22", "9998 Indre Fjordvik", true, true, &breiband, 38900, 24, false},
    {"kari", "Kari Solvang", "09879011261", "36 år, uten digital postkasse", "nb", "Kirkegata 3",
     "9999 Fjordvik", false, false, NULL, 0, 0, false},
    {"gerd", "Gerd Nilsen", "12895130085",
     "75 år, digital postkasse uten dokumenter fra Skatteetaten", "nb", "Fjordgløttveien 41",
     "9999 Fjordvik", true, false, NULL, 0, 0, false},
    {"siri", "Siri Vik", "14859730192",
     "29 år, dokumentene i postkassen er signert, endret eller gått ut på dato", "nb",
     "Naustveien 3", "9999 Fjordvik", true, false, NULL, 0, 0, true},
    {"lise", "Lise Strand", "17847330260", "53 år, digital postkasse hos e-Boks", "nb",
     "Havnegata 20", "9999 Fjordvik", false, false, &nordlys, 43100, 27, false},
    {"einar", "Einar Dahl", "26826130171", "65 år, reservert mot digital post", "nb",
     "Fjellveien 9", "9999 Fjordvik", false, false, NULL, 0, 0, false},
    {"solveig", "Solveig Myhre", "23855831007",
     "68 år, digital postkasse hos e-Boks, e-post og telefon er for gamle til varsel", "nn",
     "Myrvegen 5", "9998 Indre Fjordvik", false, false, NULL, 0, 0, false},
    {"torleif", "Torleif Bakke", "08914925070", "77 år, slettet i kontaktregisteret", "nb",
     "Bakkegata 2", "9999 Fjordvik", false, false, NULL, 0, 0, false},
    {"nora", "Nora Haugen", "30810464050", "22 år, ikke i kontaktregisteret", "nb", "Skolegata 11",
     "9999 Fjordvik", false, false, NULL, 0, 0, false},
};

const struct sandbox_person *sandbox_people(size_t *count)
{
    *count = COUNT(people);
    return people;
}

const struct sandbox_person *sandbox_people_find(const char *key)
{
    for (size_t i = 0; i < COUNT(people); i++)
        if (text_equal(people[i].key, key))
            return &people[i];
    return NULL;
}

const struct sandbox_person *sandbox_people_find_pid(const char *pid)
{
    for (size_t i = 0; i < COUNT(people); i++)
        if (text_equal(people[i].pid, pid))
            return &people[i];
    return NULL;
}
