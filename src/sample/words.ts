/** One line of a theme: what the thing is called, its usual price, and what it is made of. */
export interface Product {
  noun: string;
  price: number;
  materials: string[];
}

export interface Theme {
  category: string;
  name: string;
  products: Product[];
}

export const COLOURS = [
  'Blue',
  'Cream',
  'Sage',
  'Rose',
  'Grey',
  'Mustard',
  'Navy',
  'Terracotta',
  'White',
  'Olive',
  'Coral',
  'Lilac',
  'Black',
  'Teal',
];

/** The first stands for a plain thing, whose name says nothing of a pattern. */
export const PATTERNS = [
  '',
  'with Swallows',
  'with Ferns',
  'with Stripes',
  'with Dots',
  'with Hares',
  'with Lemons',
  'with Stars',
  'with Tulips',
  'with Waves',
  'with Foxes',
  'with Checks',
];

/** Category → theme → "noun price material/material, …". */
const CATALOGUE: Record<string, Record<string, string>> = {
  Kitchen: {
    Baking:
      'Cake Tin 14 Steel/Enamel, Rolling Pin 12 Beech/Marble, Mixing Bowl 18 Stoneware/Glass, Apron 19 Cotton/Linen, Cookie Cutters 8 Steel/Copper, Cake Stand 26 Glass/Porcelain',
    Cookware:
      'Saucepan 42 Steel/Enamel, Frying Pan 38 Iron/Steel, Casserole 65 Iron/Stoneware, Chopping Board 22 Oak/Bamboo, Spice Rack 27 Pine/Steel, Colander 17 Enamel/Steel',
    'Coffee and Tea':
      'Teapot 32 Stoneware/Porcelain/Glass, Coffee Mug 11 Stoneware/Enamel, Tea Caddy 13 Tin/Bamboo, Milk Jug 15 Porcelain/Stoneware, Coffee Grinder 48 Beech/Steel, Cup and Saucer 18 Porcelain/Stoneware',
    'Table Setting':
      'Tablecloth 34 Linen/Cotton, Napkin Set 16 Linen/Cotton, Dinner Plate 14 Porcelain/Stoneware, Serving Bowl 24 Oak/Stoneware, Place Mats 15 Cork/Cotton, Water Glass 9 Glass',
  },
  Garden: {
    Planting:
      'Flower Pot 16 Clay/Zinc, Seed Box 14 Pine/Tin, Planter 39 Zinc/Willow/Clay, Plant Labels 7 Slate/Copper, Hanging Basket 21 Willow/Wire, Herb Trough 24 Zinc/Pine',
    'Garden Tools':
      'Hand Trowel 13 Ash/Steel, Watering Can 29 Zinc/Copper, Secateurs 31 Steel, Garden Twine 6 Jute/Hemp, Gardening Gloves 12 Cotton/Leather, Trug 27 Willow/Poplar',
    'Outdoor Dining':
      'Lantern 28 Zinc/Glass, Picnic Table Runner 17 Cotton/Linen, Citronella Candle 11 Clay/Tin, Deck Chair 79 Beech/Acacia, Drinks Tray 23 Bamboo/Enamel, Fire Bowl 95 Iron/Steel',
    'Birds and Bees':
      'Bird House 24 Pine/Cedar, Bird Feeder 16 Copper/Glass, Bee Hotel 29 Bamboo/Cedar, Bird Bath 45 Stone/Copper, Nesting Pouch 9 Coir/Willow, Seed Scoop 8 Tin/Beech',
  },
  Children: {
    'Soft Toys':
      'Teddy Bear 22 Mohair/Cotton, Rabbit 18 Cotton/Wool, Elephant 21 Corduroy/Cotton, Doll 24 Cotton/Linen, Hand Puppet 14 Felt/Wool, Comforter 13 Muslin/Cotton',
    'Wooden Toys':
      'Train Set 46 Beech/Maple, Building Blocks 27 Beech/Pine, Spinning Top 9 Beech/Tin, Puzzle 15 Beech/Card, Pull-Along Duck 19 Beech/Maple, Farm Animals 24 Pine/Maple',
    "Children's Room":
      'Night Light 26 Porcelain/Felt, Bunting 14 Cotton/Felt, Toy Basket 29 Willow/Rope, Cot Blanket 33 Wool/Cotton, Growth Chart 16 Canvas/Pine, Mobile 23 Felt/Wood',
    School:
      'Pencil Case 11 Canvas/Corduroy, Lunch Box 15 Tin/Steel, Rucksack 36 Canvas/Corduroy, Drinking Bottle 17 Steel/Glass, Colouring Book 8 Card/Paper, Ruler 4 Beech/Bamboo',
  },
  Stationery: {
    Writing:
      'Notebook 12 Leather/Linen, Fountain Pen 34 Brass/Steel, Writing Paper 14 Cotton/Laid, Travel Journal 19 Leather/Cork, Ink Bottle 11 Glass, Address Book 13 Linen/Leather',
    'Paper Craft':
      'Card Making Kit 18 Kraft/Cotton, Washi Tape 5 Paper/Rice, Origami Set 9 Rice/Foil, Rubber Stamps 16 Beech/Acrylic, Scrapbook 21 Linen/Kraft, Craft Scissors 12 Steel/Brass',
    'Gift Wrap':
      'Wrapping Paper 5 Kraft/Cotton, Ribbon 4 Satin/Cotton, Gift Tags 4 Kraft/Card, Gift Bag 6 Kraft/Jute, Tissue Paper 3 Rice/Cotton, Box Set 13 Card/Kraft',
    Desk: 'Pen Pot 12 Stoneware/Cork, Desk Organiser 31 Oak/Bamboo, Wall Calendar 15 Cotton/Kraft, Letter Rack 22 Wire/Oak, Bookends 28 Marble/Iron, Magnifying Glass 19 Brass/Horn',
  },
  'Bath and Body': {
    Soap: 'Soap Bar 6 Olive/Lavender/Oat, Soap Dish 11 Stoneware/Slate, Hand Wash 13 Rosemary/Citrus, Bath Salts 14 Lavender/Sea, Shampoo Bar 9 Nettle/Oat, Nail Brush 8 Beech/Bamboo',
    'Skin Care':
      'Hand Cream 12 Almond/Shea, Face Oil 24 Rosehip/Argan, Lip Balm 5 Honey/Shea, Body Lotion 18 Oat/Almond, Bath Oil 19 Lavender/Citrus, Foot Balm 11 Mint/Shea',
    Towels:
      'Bath Towel 26 Cotton/Linen, Hand Towel 14 Cotton/Linen, Bath Mat 24 Cotton/Cork, Bathrobe 62 Waffle/Linen, Face Cloth 6 Cotton/Bamboo, Laundry Basket 43 Willow/Rope',
    Candles:
      'Scented Candle 19 Beeswax/Soy, Tealights 8 Beeswax/Soy, Candle Holder 14 Brass/Glass, Reed Diffuser 27 Fig/Cedar, Incense 7 Sandalwood/Cedar, Dinner Candles 10 Beeswax/Stearin',
  },
  'Living Room': {
    'Cushions and Throws':
      'Cushion 29 Velvet/Linen/Wool, Throw 55 Wool/Cotton, Floor Cushion 48 Jute/Corduroy, Pouffe 85 Leather/Wool, Draught Excluder 21 Tweed/Wool, Sheepskin 74 Wool',
    Lighting:
      'Table Lamp 68 Stoneware/Brass, Lamp Shade 34 Linen/Rattan, Fairy Lights 16 Copper/Glass, Pendant 89 Rattan/Glass, Reading Lamp 76 Brass/Steel, Storm Lantern 33 Glass/Iron',
    Vases:
      'Vase 31 Glass/Stoneware/Porcelain, Bud Vase 13 Glass/Porcelain, Pitcher 28 Stoneware/Enamel, Dried Flowers 24 Meadow/Pampas, Wreath 36 Eucalyptus/Willow, Plant Pot 19 Stoneware/Brass',
    'Wall Decor':
      'Picture Frame 18 Oak/Brass, Wall Mirror 92 Brass/Oak/Rattan, Wall Clock 49 Oak/Iron, Art Print 27 Cotton/Linen, Coat Hooks 23 Iron/Oak, Memo Board 32 Cork/Linen',
  },
  'Feasts and Seasons': {
    'Tree Decorations':
      'Bauble 7 Glass/Paper, Tree Star 15 Straw/Brass, Garland 17 Felt/Wood, Angel 9 Straw/Porcelain, Bell 8 Brass/Glass, Tree Skirt 38 Felt/Jute',
    'Party Table':
      'Paper Plates 5 Card/Kraft, Party Garland 9 Paper/Cotton, Birthday Candles 4 Beeswax/Stearin, Cake Topper 8 Card/Wood, Punch Bowl 44 Glass, Paper Napkins 4 Paper',
    Advent:
      'Advent Calendar 29 Cotton/Card, Advent Wreath 42 Fir/Willow, Nativity Set 58 Olive/Clay, Christmas Stocking 19 Felt/Wool, Candle Arch 47 Beech/Brass, Pyramid 69 Beech/Pine',
    Hampers:
      'Chocolate Box 21 Card/Tin, Jam Set 16 Glass, Biscuit Tin 18 Tin, Tea Hamper 39 Willow/Kraft, Spice Gift Set 24 Glass/Tin, Honey Trio 22 Glass',
  },
  Outdoors: {
    Bags: 'Tote Bag 17 Canvas/Jute, Weekend Bag 84 Canvas/Leather, Purse 31 Leather/Cork, Wash Bag 22 Cotton/Canvas, Shopper 13 Jute/Rope, Belt Bag 27 Leather/Canvas',
    Picnic:
      'Picnic Basket 58 Willow/Seagrass, Picnic Blanket 39 Wool/Cotton, Vacuum Flask 28 Steel, Enamel Plates 19 Enamel, Cool Bag 33 Canvas/Cotton, Pocket Knife 29 Olive/Steel',
    Rain: 'Umbrella 34 Beech/Bamboo, Raincoat 72 Cotton/Recycled, Rain Hat 26 Cotton/Recycled, Boot Jack 18 Oak/Beech, Door Mat 24 Coir/Rubber, Boot Bag 21 Canvas/Recycled',
    Cycling:
      'Bicycle Bell 15 Brass/Steel, Bicycle Basket 37 Willow/Rattan, Saddle Cover 14 Recycled/Wool, Pannier 64 Canvas/Recycled, Trouser Clips 6 Steel/Leather, Handlebar Bag 42 Canvas/Leather',
  },
};

function parseProduct(text: string): Product {
  const [, noun, price, materials] = /^(.+) (\d+) (.+)$/.exec(text)!;
  return { noun: noun!, price: Number(price), materials: materials!.split('/') };
}

export const CATEGORIES = Object.keys(CATALOGUE);

/** All themes, those of one category beside each other, four to each. */
export const THEMES: Theme[] = CATEGORIES.flatMap(category =>
  Object.entries(CATALOGUE[category]!).map(([name, products]) => ({
    category,
    name,
    products: products.split(', ').map(parseProduct),
  })),
);

/** What customers write beside a rating of 1 to 5. */
export const COMMENTS = [
  [
    'Broke within a week.',
    'Nothing like the picture.',
    'Arrived damaged, sent it back.',
    'Poor quality, not again.',
  ],
  [
    'Smaller than I expected.',
    'Thin material for the price.',
    'Took three weeks to arrive.',
    'The colour is off.',
  ],
  ['Does what it should.', 'Fine, nothing special.', 'Nice but a little dear.', 'Good enough for a gift.'],
  [
    'Very pretty, well packed.',
    'Good quality, happy with it.',
    'Looks lovely at home.',
    'Would buy it again.',
  ],
  [
    'I love it!',
    'Beautiful, my third one already.',
    'Perfect gift, she was delighted.',
    'Better than the picture.',
  ],
];
