/// A word of an English text: lower case, without accents and signs.
enum EnglishSpelling {
    static func read(_ chunk: ArraySlice<UInt16>) -> Reading {
        var reading = Reading(word: Word())
        reading.word.units.reserveCapacity(chunk.count)
        for unit in chunk {
            switch Letter.script(unit) {
            case .none: continue
            case .digit:
                reading.word.units.append(unit)
            case .cyrillic:
                let lower = Letter.folded(unit)
                let letter = LookAlikes.latin([unit])?.first ?? LookAlikes.latin([lower])?.first
                reading.word.units.append(letter.map { Letter.folded($0) } ?? lower)
                if letter != nil { reading.flags.insert(.lookAlikes) }
            case .latin, .other:
                reading.word.units.append(Letter.folded(unit))
                if Letter.isForeign(unit) { reading.flags.insert(.foreignLetters) }
            }
        }
        return reading
    }
}
