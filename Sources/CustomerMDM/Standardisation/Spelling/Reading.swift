/// What a typed word says, and what was done to read it.
struct Reading {
    var word: Word
    var flags: StandardisationFlags = []
}
