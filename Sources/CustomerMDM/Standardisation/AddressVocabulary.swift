/// The words of a country's addresses.
struct AddressVocabulary: Sendable {
    /// Words before a number that say what it numbers.
    var labels: [Word: AddressParts.Field] = [:]
    /// Kinds of streets and places, which some write and some don't.
    var dropped: Set<Word> = []
    var renamed: [Word: Word] = [:]
    /// A part with one of these names a region, which the town implies.
    var regions: Set<Word> = []
    /// What follows an ordinal number.
    var ordinals: Set<Word> = []
    /// A number of so many digits is a postcode.
    var postcodeDigits = 0
    /// `3/12` is the third flat in house 12, not the twelfth house's third building.
    var isFlatBeforeSlash = false
    /// The number of the house stands before the street.
    var isHouseFirst = false
    /// A street may be called by its kind only.
    var keepsLoneKinds = false
    var read: @Sendable (ArraySlice<UInt16>) -> RussianSpelling.Reading

    /// Labels that are no part of a name either.
    func isOnlyLabel(_ word: Word) -> Bool { labels[word] != nil && (isHouseFirst || word.count > 1) }

    private static func fields(_ lists: [(AddressParts.Field, String)]) -> [Word: AddressParts.Field] {
        var labels: [Word: AddressParts.Field] = [:]
        for (field, words) in lists {
            for word in words.split(separator: " ") { labels[Word(String(word))] = field }
        }
        return labels
    }

    private static func set(_ words: String) -> Set<Word> { Set(words.split(separator: " ").map { Word(String($0)) }) }

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
            г гор город ул улица пр просп проспект пркт пер переулок ш шоссе бр бул бульвар наб пл площадь проезд прд туп тупик мкр мкрн микрорайон \
            п пос поселок пгт рп с село дер деревня ст станица ал аллея тер территория снт днп кв-л квартал им имени россия рф российская федерация санкт т н \
            й
            """),
        renamed: pairs(["спб": "петербург", "питер": "петербург", "мск": "москва", "екб": "екатеринбург", "нск": "новосибирск"]),
        regions: set("обл область край респ республика район ао округ"),
        ordinals: set("й я е го ая ый ий ой летия лет"),
        postcodeDigits: 6, read: RussianSpelling.read)

    static let english = AddressVocabulary(
        labels: fields([
            (.flat, "unit flat apt apartment suite ste villa lot shop room"), (.none, "level floor lvl po box locn gpo rmb"),
            (.house, "no number"),
        ]),
        dropped: set(
            """
            street st road rd avenue ave av place pl crescent cres cr cresent circuit cct close cl court ct drive dr drv lane ln parade pde terrace tce \
            way grove gr square sq highway hwy boulevard bvd blvd the of and
            """),
        renamed: pairs([
            "mt": "mount", "sth": "south", "nth": "north", "vlge": "village", "gdns": "gardens", "hts": "heights", "bch": "beach",
            "pk": "park",
            "stn": "station", "pt": "point", "ck": "creek", "caravn": "caravan", "hosp": "hospital", "est": "estate", "ctre": "centre",
            "center": "centre", "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "pl": "place", "cres": "crescent",
            "cr": "crescent",
            "cct": "circuit", "cl": "close", "ct": "court", "dr": "drive", "ln": "lane", "pde": "parade", "tce": "terrace", "sq": "square",
        ]),
        ordinals: set("th rd nd st"), postcodeDigits: 0, isFlatBeforeSlash: true, isHouseFirst: true, keepsLoneKinds: true,
        read: { EnglishSpelling.read($0) })
}
