/// A word of a Russian name in lower-case Cyrillic letters, whatever it was typed in.
enum RussianSpelling {
    /// Lower case, ё as е; letters, digits and inner hyphens.
    static func folded(_ units: ArraySlice<UInt16>) -> Word { fold(units).word }

    /// - Parameters:
    ///   - chunk: What stands between two spaces.
    ///   - layouts: Whether Latin letters may have been typed for the Russian ones on the same keys.
    static func read(_ chunk: ArraySlice<UInt16>, layouts: Bool = true) -> Reading {
        var (latin, cyrillic, digits) = (0, 0, 0)
        for unit in chunk {
            switch Letter.script(unit) {
            case .latin: latin += 1
            case .cyrillic: cyrillic += 1
            case .digit: digits += 1
            case .none, .other: break
            }
        }
        if digits > 0 { return withoutDigits(chunk, areLetters: cyrillic > latin, layouts) }
        guard latin > 0 else { return fold(chunk) }
        guard cyrillic > 0 else { return readLatin(chunk, layouts) }
        if let mended = LookAlikes.cyrillic(chunk) { return fold(mended[...], adding: .lookAlikes) }
        if let mended = LookAlikes.latin(chunk) {
            var reading = readLatin(mended[...], layouts)
            reading.flags.insert(.lookAlikes)
            return reading
        }
        // Of both alphabets, with letters that only one of them has: each Latin letter by itself.
        var reading = fold(chunk)
        reading.word = Transliteration.spelt(reading.word)
        reading.flags.formUnion([.lookAlikes, .transliterated])
        return reading
    }

    /// A name has no digits: those that look like letters are letters, others are slips.
    private static func withoutDigits(_ chunk: ArraySlice<UInt16>, areLetters: Bool, _ layouts: Bool) -> Reading {
        let mended = (areLetters ? LookAlikes.lettersForDigits(chunk) : Array(chunk)).filter { !Letter.isDigit($0) }
        var reading = read(mended[...], layouts: layouts)
        reading.flags.insert(.lookAlikes)
        return reading
    }

    private static func fold(_ units: ArraySlice<UInt16>, adding flags: StandardisationFlags = []) -> Reading {
        var reading = Reading(word: Word(), flags: flags)
        reading.word.units.reserveCapacity(units.count)
        for unit in units {
            if Letter.script(unit) != .none {
                reading.word.units.append(Letter.folded(unit))
                if Letter.isForeign(unit) { reading.flags.insert(.foreignLetters) }
            } else if unit == 0x2D, !reading.word.isEmpty, reading.word.units.last != 0x2D {
                reading.word.units.append(unit)
            }
        }
        while reading.word.units.last == 0x2D { reading.word.units.removeLast() }
        return reading
    }

    /// A word of Latin letters only: transliterated, typed on the other layout, or all of look-alikes.
    ///
    /// A reading that is a known name wins; then the one whose letter pairs occur in known names.
    private static func readLatin(_ chunk: ArraySlice<UInt16>, _ layouts: Bool) -> Reading {
        let lexicon = RussianLexicon.shared
        let plain = fold(chunk)
        if let known = lexicon.transliteratedBack(plain.word) {
            return Reading(word: known, flags: plain.flags.union(.transliterated))
        }
        let layout = (layouts ? KeyboardLayout.russian(chunk) : nil).map { fold($0[...], adding: .keyboardLayout) }
        if let layout, lexicon[layout.word] != nil { return layout }
        let alike = LookAlikes.cyrillic(chunk).map { fold($0[...], adding: .lookAlikes) }
        if let alike, lexicon[alike.word] != nil { return alike }
        let spelt = Reading(word: Transliteration.spelt(plain.word), flags: plain.flags.union(.transliterated))
        guard plain.word.count > 1 else { return spelt }
        if let layout, chunk.dropLast().contains(where: KeyboardLayout.isLetterOnlyInRussian) { return layout }
        var (best, most) = (spelt, lexicon.likeness(spelt.word))
        for reading in [alike, layout].compactMap(\.self) where lexicon.likeness(reading.word) > most {
            (best, most) = (reading, lexicon.likeness(reading.word))
        }
        return best
    }
}
