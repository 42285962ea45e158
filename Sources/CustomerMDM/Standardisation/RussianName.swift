/// Russian names: given names as sets, surnames by stem, patronymics.
enum RussianName {
    static func surname(_ text: String) -> StandardForm? {
        let name = word(text, isKnown: { _ in false })
        return StandardForm(name, alternatives: [stem(ofSurname: name)])
    }

    static func givenName(_ text: String) -> StandardForm? {
        let name = word(text, isKnown: { GivenNames.isKnown($0) })
        return StandardForm(name, alternatives: GivenNames.meant(by: name))
    }

    /// An initial keeps its point, so that it is never taken for a name.
    static func patronymic(_ text: String) -> StandardForm? {
        let name = word(text, isKnown: { _ in false })
        return StandardForm(name.count == 1 ? name + "." : name)
    }

    private static func word(_ text: String, isKnown: (String) -> Bool) -> String {
        let script = text.split(whereSeparator: \.isWhitespace).map { Spelling.cyrillic(String($0), isKnown: isKnown) }.joined(
            separator: " ")
        return Spelling.folded(script).words.joined(separator: " ")
    }

    /// The masculine form, which both spouses' cards share.
    static func stem(ofSurname name: String) -> String {
        for (feminine, masculine) in [
            ("ская", "ский"), ("цкая", "цкий"), ("ова", "ов"), ("ева", "ев"), ("ина", "ин"), ("ына", "ын"), ("ая", "ый"),
        ]
        where name.hasSuffix(feminine) && name.count > feminine.count + 1 {
            return name.dropLast(feminine.count) + masculine
        }
        return name
    }
}

/// Which given names a short form may stand for: always a set, because Саша may be Александр or Александра.
enum GivenNames {
    static func isKnown(_ name: String) -> Bool { canonical.contains(name) || meanings[name] != nil }

    static func meant(by name: String) -> [String] { meanings[name] ?? [name] }

    private static let meanings: [String: [String]] = {
        var meanings: [String: Set<String>] = [:]
        for line in table.split(separator: "\n") {
            let names = line.split(separator: " ").map(String.init)
            for short in names.dropFirst() { meanings[short, default: []].insert(names[0]) }
        }
        // Spellings of one name that are names in their own right mean both.
        for (short, full) in meanings where canonical.contains(short) { meanings[short] = full.union([short]) }
        return meanings.mapValues { $0.sorted() }
    }()

    private static let canonical: Set<String> = Set(
        table.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })

    /// Full form first, then the forms that may stand for it.
    private static let table = """
        александр саша саня шура сашка алекс
        александра саша саня шура сашенька
        алексей леша алеша леха
        алена алёнка елена
        алина аля
        алиса
        алла
        анастасия настя стася анастасья
        анатолий толя толик
        ангелина лина геля
        андрей андрюша
        анна аня анюта нюра
        антон антоша тоша
        антонина тоня
        арина ариша
        арсений сеня арсен
        артем тема артемий
        артур
        айгуль
        богдан
        борис боря
        вадим вадик
        валентин валя
        валентина валя
        валерий валера
        валерия лера
        варвара варя
        василий вася
        василиса вася
        вера
        вероника ника вика
        виктор витя
        виктория вика
        виталий виталик виталя
        владимир вова володя вовка
        владислав влад владик слава
        всеволод сева
        вячеслав слава
        гагик
        галина галя
        геннадий гена
        георгий гоша жора егор
        глеб
        григорий гриша
        гульнара гуля
        давид
        дамир
        даниил даня данила данил даниэль
        дарья даша дария
        демид
        денис деня
        диана
        дмитрий дима митя димон
        ева
        евгений женя
        евгения женя
        егор гоша георгий
        екатерина катя катюша
        елена лена алена
        елизавета лиза
        елисей
        жанна
        захар
        заур
        зинаида зина
        зоя
        иван ваня
        игорь гарик
        илья илюша
        инна
        ирина ира иришка
        камила
        карен
        карина
        кира
        кирилл кирюша
        константин костя
        кристина крис
        ксения ксюша оксана
        лариса лара
        лев лева
        леонид леня
        лидия лида
        любовь люба
        людмила люда мила
        макар
        максим макс
        марат
        маргарита рита
        марина
        мария маша маня марья
        марк
        матвей мотя
        милана мила
        мирон
        михаил миша
        надежда надя
        наталья наташа наталия ната
        никита ник
        николай коля
        нина
        оксана ксюша ксения
        олег
        ольга оля
        павел паша
        петр петя
        платон
        полина поля
        регина
        ринат
        родион родя
        роман рома
        руслан
        савелий сава
        салават
        светлана света
        семен сема сеня
        сергей сережа серега
        снежана
        софья соня софия
        станислав стас слава
        степан степа
        таисия тая
        тамара тома
        татьяна таня
        тимофей тима
        тимур тима
        ульяна уля
        фарид
        федор федя
        филипп филя
        эдуард эдик
        элина
        эльвира эля
        юлия юля
        юрий юра
        яна
        ярослав слава ярик
        """
}
