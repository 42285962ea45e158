/// The words of a country's addresses.
struct AddressVocabulary: Sendable {
    /// Words before a number that say what it numbers.
    let labels: [Word: AddressParts.Field]
    /// Kinds of streets and places, which some write and some don't.
    let dropped: Set<Word>
    let renamed: [Word: Word]
    /// The word before it names a region, which the town implies.
    var regions: Set<Word> = []
    /// The word behind it does.
    var leadingRegions: Set<Word> = []
    /// What follows an ordinal number.
    let ordinals: Set<Word>
    /// A number of so many digits is a postcode.
    var postcodeDigits = 0
    /// `3/12` is flat 3 in house 12, not the third building of house 3.
    var isFlatBeforeSlash = false
    /// The number of the house stands before the street.
    var isHouseFirst = false
    /// A street may be called by its kind only.
    var keepsLoneKinds = false
    let read: @Sendable (ArraySlice<UInt16>) -> Reading

    /// Whether a word says what another one is, and names nothing.
    func isAbout(_ word: Word) -> Bool {
        labels[word] != nil || dropped.contains(word) || regions.contains(word) || leadingRegions.contains(word)
    }

    private static func fields(_ lists: [(AddressParts.Field, String)]) -> [Word: AddressParts.Field] {
        var labels: [Word: AddressParts.Field] = [:]
        for (field, words) in lists {
            for word in set(words) { labels[word] = field }
        }
        return labels
    }

    private static func set(_ words: String) -> Set<Word> { Set(words.split(whereSeparator: \.isWhitespace).map { Word(String($0)) }) }

    private static func pairs(_ pairs: [String: String]) -> [Word: Word] {
        Dictionary(uniqueKeysWithValues: pairs.map { (Word($0), Word($1)) })
    }

    static let russian = AddressVocabulary(
        labels: fields([
            (.house, "д дом влд влад владение вл"), (.building, "к корп корпус стр строение с соор сооружение лит литера литер"),
            (.flat, "кв квартира оф офис ком комната комн пом помещение"), (.none, "под подъезд эт этаж дмф домофон"),
        ]),
        dropped: set(
            """
            г гор город ул улица пр просп проспект прт пркт пер переулок ш шоссе шсе бр бул бульвар бвр наб пл площадь проезд прд туп тупик
            мкр мкрн микрорайон п пос поселок пгт рп с село дер деревня ст станица ал аллея тер территория снт днп квл квартал им имени
            россия рф российская федерация санкт
            """),
        renamed: pairs(["спб": "петербург", "питер": "петербург", "мск": "москва", "екб": "екатеринбург", "нск": "новосибирск"]),
        regions: set("обл область край рн район ао округ"), leadingRegions: set("респ республика"),
        ordinals: set("й я е го ая ый ий ой летия лет"), postcodeDigits: 6, read: { RussianSpelling.read($0, layouts: false) })

    static let english = AddressVocabulary(
        labels: fields([
            (.flat, "unit flat apt apartment suite ste villa lot shop room"), (.none, "level floor lvl po box locn gpo rmb"),
            (.house, "no number"),
        ]),
        dropped: set(
            """
            street st road rd avenue ave av place pl crescent cres cr circuit cct close cl court ct drive dr drv lane ln parade pde terrace tce way
            grove gr square sq highway hwy boulevard bvd blvd the of and
            """),
        renamed: pairs([
            "mt": "mount", "sth": "south", "nth": "north", "vlge": "village", "gdns": "gardens", "hts": "heights", "bch": "beach",
            "pk": "park", "stn": "station", "pt": "point", "ck": "creek", "caravn": "caravan", "hosp": "hospital", "est": "estate",
            "ctre": "centre", "center": "centre", "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "pl": "place",
            "cres": "crescent", "cr": "crescent", "cct": "circuit", "cl": "close", "ct": "court", "dr": "drive", "drv": "drive",
            "ln": "lane",
            "pde": "parade", "tce": "terrace", "gr": "grove", "sq": "square", "hwy": "highway", "bvd": "boulevard", "blvd": "boulevard",
        ]),
        ordinals: set("th rd nd st"), isFlatBeforeSlash: true, isHouseFirst: true, keepsLoneKinds: true, read: { EnglishSpelling.read($0) })
}
