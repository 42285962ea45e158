/// The words and numbers of a part of an address between two commas.
enum AddressTokens {
    /// What stands before a number, or behind it.
    enum Mark {
        case none, dash, slash
        /// `1-я`, `40-летия`, `21st`.
        case ordinal
    }

    enum Token {
        case word(Word)
        /// With the letter of a house.
        case number(Word, Mark)
        /// Of a standard form: `h:7`.
        case labelled(Word, AddressParts.Field)

        var isNumber: Bool { if case .number = self { true } else { false } }

        func isName(_ vocabulary: AddressVocabulary) -> Bool {
            guard case .word(let word) = self else { return false }
            return word.count > 1 && !vocabulary.isAbout(word)
        }
    }

    static func tokens(
        of segment: ArraySlice<UInt16>, _ vocabulary: AddressVocabulary, _ flags: inout StandardisationFlags
    ) -> [Token] {
        var reader = Reader(rest: segment, vocabulary: vocabulary)
        while let token = reader.next() { reader.tokens.append(token) }
        flags.formUnion(reader.flags)
        return reader.tokens
    }

    private struct Reader {
        var rest: ArraySlice<UInt16>
        let vocabulary: AddressVocabulary
        var tokens: [Token] = []
        var flags: StandardisationFlags = []

        mutating func next() -> Token? {
            var mark = Mark.none
            while let unit = rest.first {
                if Letter.isDigit(unit) { return number(mark) }
                if Letter.script(unit) != .none { return labelled() ?? word() }
                mark = unit == 0x2D ? .dash : unit == 0x2F || unit == 0x5C ? .slash : mark
                rest = rest.dropFirst()
            }
            return nil
        }

        /// A token of a standard form is taken as it stands.
        private mutating func labelled() -> Token? {
            guard rest.count > 2, rest[rest.startIndex + 1] == 0x3A, let field = labels[rest[rest.startIndex]],
                Letter.isDigit(rest[rest.startIndex + 2])
            else { return nil }
            let value = rest.dropFirst(2).prefix { Letter.script($0) != .none }
            rest = rest.dropFirst(2 + value.count)
            return .labelled(Word(value.map { Letter.folded($0) }), field)
        }

        private mutating func word() -> Token {
            var (run, length) = letters(in: rest)
            let behind = rest.dropFirst(length)
            // р-н, пр-т, б-р.
            if run.count < 4, behind.first == 0x2D {
                let (second, more) = letters(in: behind.dropFirst())
                let joined = Word(run.units + second.units)
                if !second.isEmpty, vocabulary.isAbout(joined) { (run, length) = (joined, length + 1 + more) }
            }
            rest = rest.dropFirst(length)
            return .word(run)
        }

        private mutating func number(_ mark: Mark) -> Token {
            let digits = rest.prefix { Letter.isDigit($0) }
            var number = Word(digits)
            rest = rest.dropFirst(digits.count)
            if skipOrdinal() { return .number(number, .ordinal) }
            number.units += houseLetter()
            return .number(number, mark)
        }

        /// `12А`, and `12 а` at the end; `12к2` and `12с1` are buildings.
        private mutating func houseLetter() -> [UInt16] {
            let isSpaced = rest.first == 0x20
            let behind = isSpaced ? rest.dropFirst() : rest
            guard let unit = behind.first, Letter.script(unit) != .none, !Letter.isDigit(unit) else { return [] }
            let after = behind.dropFirst()
            let isAtEnd = after.allSatisfy { Letter.script($0) == .none }
            guard isAtEnd || !isSpaced && Letter.script(after.first ?? 0x20) == .none else { return [] }
            let letter = vocabulary.read(behind.prefix(1)).word
            guard letter.count == 1, isAtEnd || vocabulary.labels[letter] == nil else { return [] }
            rest = after
            return letter.units
        }

        private mutating func skipOrdinal() -> Bool {
            let isSpaced = rest.first == 0x20
            let behind = isSpaced || rest.first == 0x2D ? rest.dropFirst() : rest
            let (suffix, length) = letters(in: behind)
            guard vocabulary.ordinals.contains(suffix), !isSpaced || suffix.count > 2 else { return false }
            rest = behind.dropFirst(length)
            return true
        }

        /// A run of letters, through apostrophes, and its length as typed.
        private mutating func letters(in text: ArraySlice<UInt16>) -> (Word, Int) {
            let run = text.prefix { $0 == 0x27 || Letter.script($0) != .none && !Letter.isDigit($0) }
            guard !run.isEmpty else { return (Word(), 0) }
            let reading = vocabulary.read(run.filter { $0 != 0x27 }[...])
            flags.formUnion(reading.flags)
            return (reading.word, run.count)
        }
    }

    private static let labels: [UInt16: AddressParts.Field] = [0x68: .house, 0x62: .building, 0x66: .flat, 0x73: .street]
}
